package dev.culvert.ike.session;

import dev.culvert.ike.message.Gateway;
import java.util.Optional;

/** Where an IKE SA comes from, and what other IKE SAs have to do with it. */
public final class Lineage {
    private Optional<Tickets.Ticket> resumed = Optional.empty();
    private int originId;
    private Optional<Redirection> redirection = Optional.empty();
    private Optional<Gateway> redirectPeerTo = Optional.empty();
    private Optional<Session> undecidedWith = Optional.empty();
    private boolean authenticatedAsInitiator;
    private Optional<Session> renewal = Optional.empty();
    private boolean renews;
    private Attempt attempt = Attempt.FIRST;

    Lineage(boolean initiator, int uniqueId) {
        this.authenticatedAsInitiator = initiator;
        this.originId = uniqueId;
    }

    /** The ticket that it was resumed with; its key is wiped. */
    public Optional<Tickets.Ticket> resumed() {
        return resumed;
    }

    /** Notes that it is resumed. */
    public void setResumed(Tickets.Ticket ticket) {
        resumed = Optional.of(ticket);
    }

    /** The number of the first IKE SA of which this one is the successor. */
    public int originId() {
        return originId;
    }

    /** Notes of which IKE SA it is the successor. */
    public void setOriginId(int value) {
        originId = value;
    }

    /** As initiator: that it goes elsewhere than its connection says. */
    public Optional<Redirection> redirection() {
        return redirection;
    }

    /** As responder: where the peer is sent once it has authenticated. */
    public Optional<Gateway> redirectPeerTo() {
        return redirectPeerTo;
    }

    /** Notes where the peer is to be sent. */
    public void setRedirectPeerTo(Gateway gateway) {
        redirectPeerTo = Optional.of(gateway);
    }

    /** Sends it elsewhere, before it begins. */
    public void setRedirection(Redirection value) {
        redirection = Optional.of(value);
    }

    /**
     * The IKE SA that this one replaces for the peer, while it is not known yet whether it does:
     * our own rekeying of that one is under way too (RFC 7296 section 2.8.2).
     */
    public Optional<Session> undecidedWith() {
        return undecidedWith;
    }

    /** Starts no exchanges on this IKE SA until it is known whether it stays. */
    public void holdUndecided(Session old) {
        undecidedWith = Optional.of(old);
    }

    /** It is known now whether it stays. */
    public void decide() {
        undecidedWith = Optional.empty();
    }

    /**
     * Whether this side began when the two were authenticated; unlike {@link Session#initiator()}
     * the same over rekeyings.
     */
    public boolean authenticatedAsInitiator() {
        return authenticatedAsInitiator;
    }

    /** Takes over from another IKE SA what belongs to the authentication. */
    void inheritAuthentication(Lineage old) {
        authenticatedAsInitiator = old.authenticatedAsInitiator;
        renewal = old.renewal;
    }

    /** The IKE SA that is to take this one's place, with an authentication of its own. */
    public Optional<Session> renewal() {
        return renewal.filter(session -> !session.isGone());
    }

    /** Notes which one takes its place. */
    public void setRenewal(Session session) {
        renewal = Optional.of(session);
        session.lineage().renews = true;
    }

    /** Whether this one is to take another's place. */
    public boolean renews() {
        return renews;
    }

    /** As initiator: which try this is. */
    public Attempt attempt() {
        return attempt;
    }

    /** Notes which try this is. */
    public void setAttempt(Attempt value) {
        attempt = value;
    }
}
