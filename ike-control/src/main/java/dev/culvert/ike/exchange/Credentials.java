package dev.culvert.ike.exchange;

import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.crypto.PskAuth;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.message.AuthMethod;
import dev.culvert.ike.message.MessageEncoder;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.security.MessageDigest;

/**
 * AUTH payloads with a pre-shared key (RFC 7296 section 2.15), from either side's point of view.
 */
final class Credentials {
    private Credentials() {}

    /** This side's AUTH payload. */
    static Payload.Auth sign(
            Session session, Phase.FirstMessages first, SecretBytes secret, Identity localId) {
        boolean initiator = session.initiator();
        if (session.lineage().resumed().isPresent()) {
            return new Payload.Auth(
                    AuthMethod.SHARED_KEY.value(), resumed(session, first, initiator, localId));
        }
        Bytes data =
                PskAuth.sign(
                        session.suite().orElseThrow().prf(),
                        secret,
                        initiator ? first.request() : first.response(),
                        initiator ? first.nonceR() : first.nonceI(),
                        initiator
                                ? session.keys().orElseThrow().skPi()
                                : session.keys().orElseThrow().skPr(),
                        MessageEncoder.idBody(localId));
        return new Payload.Auth(AuthMethod.SHARED_KEY.value(), data);
    }

    /** Whether the peer's AUTH payload proves its identity. */
    static boolean verify(
            Session session,
            Phase.FirstMessages first,
            SecretBytes secret,
            Identity remoteId,
            Payload.Auth auth) {
        boolean peerInitiated = !session.initiator();
        if (session.lineage().resumed().isPresent()) {
            byte[] expected = resumed(session, first, peerInitiated, remoteId).toArray();
            return session.lineage().resumed().get().remoteId().equals(remoteId)
                    && MessageDigest.isEqual(expected, auth.data().toArray());
        }
        return PskAuth.verify(
                session.suite().orElseThrow().prf(),
                secret,
                peerInitiated ? first.request() : first.response(),
                peerInitiated ? first.nonceR() : first.nonceI(),
                peerInitiated
                        ? session.keys().orElseThrow().skPi()
                        : session.keys().orElseThrow().skPr(),
                MessageEncoder.idBody(remoteId),
                auth.data());
    }

    private static Bytes resumed(
            Session session, Phase.FirstMessages first, boolean byInitiator, Identity signer) {
        return PskAuth.signResumed(
                session.suite().orElseThrow().prf(),
                byInitiator ? first.request() : first.response(),
                byInitiator ? first.nonceR() : first.nonceI(),
                byInitiator
                        ? session.keys().orElseThrow().skPi()
                        : session.keys().orElseThrow().skPr(),
                MessageEncoder.idBody(signer));
    }

    /** This side's identity for a connection: the configured one, or its address. */
    static Identity localId(ConnectionConfig connection, InetAddress local) {
        return connection.localId().orElseGet(() -> new Identity.Ip(IpAddress.of(local)));
    }

    /** Whether an identity names one peer, rather than a set of them. */
    static boolean isConcrete(Identity identity) {
        return switch (identity) {
            case Identity.Any _, Identity.Unknown _ -> false;
            case Identity.Fqdn(String name) -> !name.startsWith("*");
            case Identity.Rfc822(String address) -> !address.startsWith("*");
            case Identity.Ip _, Identity.Dn _, Identity.KeyId _ -> true;
        };
    }

    /** A name for an authentication method. */
    static String methodName(int method) {
        return AuthMethod.of(method).map(AuthMethod::name).orElse("method " + method);
    }
}
