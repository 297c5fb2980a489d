package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every IKE suite, group and ESP suite with strongSwan, each in both roles. One pair of daemons has
 * a connection for each row, with outer addresses of its own, so that nothing but the addresses
 * chooses the connection.
 */
@RealNetwork
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SuitesIT {

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int FIRST_ADDRESS = 20;

    private Lab lab;
    private Peer subject;
    private StrongSwan strongSwan;

    /** What is configured, and what strongSwan calls the outcome. */
    enum Suite {
        GCM_128_MODP2048(
                "aes128gcm16-prfsha256-modp2048",
                "AES_GCM_16-128/PRF_HMAC_SHA2_256/MODP_2048",
                "aes128gcm16",
                "AES_GCM_16-128"),
        GCM_192_MODP3072(
                "aes192gcm16-prfsha384-modp3072",
                "AES_GCM_16-192/PRF_HMAC_SHA2_384/MODP_3072",
                "aes192gcm16",
                "AES_GCM_16-192"),
        GCM_256_MODP4096(
                "aes256gcm16-prfsha512-modp4096",
                "AES_GCM_16-256/PRF_HMAC_SHA2_512/MODP_4096",
                "aes256gcm16",
                "AES_GCM_16-256"),
        CHACHA20_X25519(
                "chacha20poly1305-prfsha256-curve25519",
                "CHACHA20_POLY1305/PRF_HMAC_SHA2_256/CURVE_25519",
                "chacha20poly1305",
                "CHACHA20_POLY1305"),
        CBC_128_SHA256_ECP256(
                "aes128-sha256-ecp256",
                "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256",
                "aes128-sha256",
                "AES_CBC-128/HMAC_SHA2_256_128"),
        CBC_192_SHA384_ECP384(
                "aes192-sha384-ecp384",
                "AES_CBC-192/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/ECP_384",
                "aes192-sha384",
                "AES_CBC-192/HMAC_SHA2_384_192"),
        CBC_256_SHA512_ECP521(
                "aes256-sha512-ecp521",
                "AES_CBC-256/HMAC_SHA2_512_256/PRF_HMAC_SHA2_512/ECP_521",
                "aes256-sha512",
                "AES_CBC-256/HMAC_SHA2_512_256"),
        CBC_128_SHA512_MODP6144(
                "aes128-sha512-modp6144",
                "AES_CBC-128/HMAC_SHA2_512_256/PRF_HMAC_SHA2_512/MODP_6144",
                "aes128-sha512",
                "AES_CBC-128/HMAC_SHA2_512_256"),
        CBC_256_SHA256_MODP8192(
                "aes256-sha256-modp8192",
                "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_8192",
                "aes256-sha256",
                "AES_CBC-256/HMAC_SHA2_256_128"),
        CBC_192_SHA256_ECP256(
                "aes192-sha256-prfsha384-ecp256",
                "AES_CBC-192/HMAC_SHA2_256_128/PRF_HMAC_SHA2_384/ECP_256",
                "aes192-sha256",
                "AES_CBC-192/HMAC_SHA2_256_128"),
        CBC_256_SHA384_X25519(
                "aes256-sha384-x25519",
                "AES_CBC-256/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/CURVE_25519",
                "aes256-sha384",
                "AES_CBC-256/HMAC_SHA2_384_192"),
        CBC_128_SHA384_MODP2048(
                "aes128-sha384-prfsha512-modp2048",
                "AES_CBC-128/HMAC_SHA2_384_192/PRF_HMAC_SHA2_512/MODP_2048",
                "aes128-sha384",
                "AES_CBC-128/HMAC_SHA2_384_192"),
        CBC_192_SHA512_ECP384(
                "aes192-sha512-prfsha256-ecp384",
                "AES_CBC-192/HMAC_SHA2_512_256/PRF_HMAC_SHA2_256/ECP_384",
                "aes192-sha512",
                "AES_CBC-192/HMAC_SHA2_512_256");

        private final String ike;
        private final String ikeOutcome;
        private final String esp;
        private final String espOutcome;

        Suite(String ike, String ikeOutcome, String esp, String espOutcome) {
            this.ike = ike;
            this.ikeOutcome = ikeOutcome;
            this.esp = esp;
            this.espOutcome = espOutcome;
        }

        private String connection() {
            return "suite" + ordinal();
        }
    }

    @BeforeAll
    void startBoth(Lab sharedLab) {
        lab = sharedLab;
        List<Tunnel> ours = new ArrayList<>();
        for (Suite suite : Suite.values()) {
            int host = FIRST_ADDRESS + suite.ordinal();
            String left = "192.0.2." + host;
            String right = "198.51.100." + host;
            lab.left().namespace().address("wan", left + "/24");
            lab.right().namespace().address("wan", right + "/24");
            int subnet = suite.ordinal();
            ours.add(
                    Tunnel.between(suite.connection(), lab.left(), lab.right())
                            .addresses(left, right)
                            .ids(host + ".left.example", host + ".right.example")
                            .ike(suite.ike)
                            .child(
                                    Tunnel.Child.of(
                                                    "net" + subnet,
                                                    lab.left().network(subnet),
                                                    lab.right().network(subnet))
                                            .esp(suite.esp)));
        }
        subject = lab.subject(lab.left());
        strongSwan = lab.strongSwan(lab.right());
        subject.start(ours);
        strongSwan.start(ours.stream().map(Tunnel::mirrored).toList());
    }

    @ParameterizedTest
    @EnumSource
    void shouldCarryTrafficWhenInitiating(Suite suite) {
        shouldCarryTraffic(subject, strongSwan, suite);
    }

    @ParameterizedTest
    @EnumSource
    void shouldCarryTrafficWhenResponding(Suite suite) {
        shouldCarryTraffic(strongSwan, subject, suite);
    }

    private void shouldCarryTraffic(Peer initiator, Peer responder, Suite suite) {
        String connection = suite.connection();
        String child = "net" + suite.ordinal();

        initiator.up(connection, child).orThrow();

        int subnet = suite.ordinal();
        lab.exchange(
                initiator.site(), initiator.site().inner(subnet), responder.site().inner(subnet));
        for (Peer peer : List.of(initiator, responder)) {
            SaView sa = peer.sa(connection);
            assertThat(sa.suite()).isEqualTo(suite.ikeOutcome);
            assertThat(sa.child(child).suite()).isEqualTo(suite.espOutcome);
            assertThat(sa.child(child).packetsIn()).isPositive();
        }
        initiator.down(connection).orThrow();
        responder.awaitIkeSas(0, SOON);
    }
}
