package dev.culvert.ike.session;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.EngineSnapshot.IkeState;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.wire.IpAddress;
import java.util.List;

/** What can be seen of an IKE SA and its children. */
public final class Snapshots {
    private Snapshots() {}

    /** An IKE SA as it is now. */
    public static EngineSnapshot.IkeSa of(Session session) {
        List<String> active =
                session.queue()
                        .active()
                        .map(exchange -> List.of(exchange.name()))
                        .orElse(handshakeTask(session));
        return new EngineSnapshot.IkeSa(
                session.uniqueId(),
                session.connectionName().orElse(""),
                state(session),
                session.initiator(),
                session.initiatorSpi(),
                session.responderSpi(),
                session.path().local(),
                session.path().remote(),
                session.localId(),
                session.remoteId(),
                session.suite(),
                session.path().natLocal(),
                session.path().natRemote(),
                session.establishedNs(),
                orZero(session.timers().get(SessionTimer.IKE_SOFT)),
                orZero(session.timers().get(SessionTimer.REAUTH)),
                active,
                session.queue().waiting().stream().map(Exchange::name).toList(),
                session.children().stream().map(Snapshots::of).toList(),
                session.configured(),
                session.mobility().isAgreed(),
                session.mobility().peerAddresses().stream().map(IpAddress::of).toList());
    }

    /** A child SA as it is now. */
    public static EngineSnapshot.ChildSa of(ChildSa child) {
        return new EngineSnapshot.ChildSa(
                child.childSaId(),
                child.uniqueId(),
                child.name(),
                child.parameters().reqid(),
                child.state(),
                child.spiIn(),
                child.spiOut(),
                child.suite(),
                child.localSelectors(),
                child.remoteSelectors(),
                child.installedNs(),
                orZero(child.timers().get(ChildTimer.SOFT)),
                orZero(child.timers().get(ChildTimer.HARD)));
    }

    private static IkeState state(Session session) {
        return switch (session.phase()) {
            case Phase.Resolving _,
                    Phase.InitPreparing _,
                    Phase.InitSent _,
                    Phase.ResumeSent _,
                    Phase.InitAgreeing _,
                    Phase.AuthSent _,
                    Phase.InitAnswering _,
                    Phase.InitAnswered _ ->
                    IkeState.CONNECTING;
            case Phase.Established _ -> IkeState.ESTABLISHED;
            case Phase.Rekeyed _ -> IkeState.REKEYING;
            case Phase.Deleting _, Phase.Gone _ -> IkeState.DELETING;
        };
    }

    private static List<String> handshakeTask(Session session) {
        return switch (session.phase()) {
            case Phase.Resolving _,
                    Phase.InitPreparing _,
                    Phase.InitSent _,
                    Phase.ResumeSent _,
                    Phase.InitAgreeing _ ->
                    List.of("IKE_INIT");
            case Phase.AuthSent _ -> List.of("IKE_AUTH");
            case Phase.InitAnswering _,
                    Phase.InitAnswered _,
                    Phase.Established _,
                    Phase.Rekeyed _,
                    Phase.Deleting _,
                    Phase.Gone _ ->
                    List.of();
        };
    }

    private static long orZero(long deadlineNs) {
        return deadlineNs == IkeEngine.NO_DEADLINE ? 0 : deadlineNs;
    }
}
