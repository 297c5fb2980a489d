package dev.culvert.ike.session;

/** What a peer announced in IKE_SA_INIT. */
public final class PeerAbilities {
    private boolean childless;
    private boolean redirects;

    /** It accepts IKE SAs without a child SA (RFC 6023). */
    public void noteChildless() {
        childless = true;
    }

    /** Whether it does. */
    public boolean isChildless() {
        return childless;
    }

    /** It goes where it is redirected (RFC 5685). */
    public void noteRedirects() {
        redirects = true;
    }

    /** Whether it does. */
    public boolean followsRedirects() {
        return redirects;
    }

    /** Takes over what is known of another IKE SA's peer. */
    public void inherit(PeerAbilities from) {
        childless = from.childless;
        redirects = from.redirects;
    }
}
