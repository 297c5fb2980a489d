package dev.culvert.ike.session;

/** The deadlines that a child SA has. */
public enum ChildTimer {
    /** It is due for rekeying. */
    SOFT,
    /** It ends. */
    HARD,
    /** It was unused for too long. */
    INACTIVITY,
    /** It sends, even if the peer has not shown yet that it uses it. */
    TAKEOVER
}
