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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    /**
     * What is configured, and what both daemons must call the outcome.
     *
     * @param number of the row
     * @param ike proposal for the IKE SA
     * @param ikeOutcome its algorithms
     * @param esp proposal for the child
     * @param espOutcome its algorithms
     */
    record Suite(int number, String ike, String ikeOutcome, String esp, String espOutcome) {
        private String connection() {
            return "suite" + number;
        }

        @Override
        public String toString() {
            return ike + " with " + esp;
        }
    }

    static Stream<Suite> suites() {
        return Stream.of(
                new Suite(
                        0,
                        "aes128gcm16-prfsha256-modp2048",
                        "AES_GCM_16-128/PRF_HMAC_SHA2_256/MODP_2048",
                        "aes128gcm16",
                        "AES_GCM_16-128"),
                new Suite(
                        1,
                        "aes192gcm16-prfsha384-modp3072",
                        "AES_GCM_16-192/PRF_HMAC_SHA2_384/MODP_3072",
                        "aes192gcm16",
                        "AES_GCM_16-192"),
                new Suite(
                        2,
                        "aes256gcm16-prfsha512-modp4096",
                        "AES_GCM_16-256/PRF_HMAC_SHA2_512/MODP_4096",
                        "aes256gcm16",
                        "AES_GCM_16-256"),
                new Suite(
                        3,
                        "chacha20poly1305-prfsha256-curve25519",
                        "CHACHA20_POLY1305/PRF_HMAC_SHA2_256/CURVE_25519",
                        "chacha20poly1305",
                        "CHACHA20_POLY1305"),
                new Suite(
                        4,
                        "aes128-sha256-ecp256",
                        "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256",
                        "aes128-sha256",
                        "AES_CBC-128/HMAC_SHA2_256_128"),
                new Suite(
                        5,
                        "aes192-sha384-ecp384",
                        "AES_CBC-192/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/ECP_384",
                        "aes192-sha384",
                        "AES_CBC-192/HMAC_SHA2_384_192"),
                new Suite(
                        6,
                        "aes256-sha512-ecp521",
                        "AES_CBC-256/HMAC_SHA2_512_256/PRF_HMAC_SHA2_512/ECP_521",
                        "aes256-sha512",
                        "AES_CBC-256/HMAC_SHA2_512_256"),
                new Suite(
                        7,
                        "aes128-sha512-modp6144",
                        "AES_CBC-128/HMAC_SHA2_512_256/PRF_HMAC_SHA2_512/MODP_6144",
                        "aes128-sha512",
                        "AES_CBC-128/HMAC_SHA2_512_256"),
                new Suite(
                        8,
                        "aes256-sha256-modp8192",
                        "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_8192",
                        "aes256-sha256",
                        "AES_CBC-256/HMAC_SHA2_256_128"),
                new Suite(
                        9,
                        "aes192-sha256-prfsha384-ecp256",
                        "AES_CBC-192/HMAC_SHA2_256_128/PRF_HMAC_SHA2_384/ECP_256",
                        "aes192-sha256",
                        "AES_CBC-192/HMAC_SHA2_256_128"),
                new Suite(
                        10,
                        "aes256-sha384-x25519",
                        "AES_CBC-256/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/CURVE_25519",
                        "aes256-sha384",
                        "AES_CBC-256/HMAC_SHA2_384_192"),
                new Suite(
                        11,
                        "aes128-sha384-prfsha512-modp2048",
                        "AES_CBC-128/HMAC_SHA2_384_192/PRF_HMAC_SHA2_512/MODP_2048",
                        "aes128-sha384",
                        "AES_CBC-128/HMAC_SHA2_384_192"),
                new Suite(
                        12,
                        "aes192-sha512-prfsha256-ecp384",
                        "AES_CBC-192/HMAC_SHA2_512_256/PRF_HMAC_SHA2_256/ECP_384",
                        "aes192-sha512",
                        "AES_CBC-192/HMAC_SHA2_512_256"));
    }

    @BeforeAll
    void startBoth(Lab sharedLab) {
        lab = sharedLab;
        List<Tunnel> ours = new ArrayList<>();
        for (Suite suite : suites().toList()) {
            int host = FIRST_ADDRESS + suite.number();
            String left = "192.0.2." + host;
            String right = "198.51.100." + host;
            lab.left().namespace().address("wan", left + "/24");
            lab.right().namespace().address("wan", right + "/24");
            int subnet = suite.number();
            ours.add(
                    Tunnel.between(suite.connection(), lab.left(), lab.right())
                            .addresses(left, right)
                            .ids(host + ".left.example", host + ".right.example")
                            .ike(suite.ike())
                            .child(
                                    Tunnel.Child.of(
                                                    "net" + subnet,
                                                    lab.left().network(subnet),
                                                    lab.right().network(subnet))
                                            .esp(suite.esp())));
        }
        subject = lab.subject(lab.left());
        strongSwan = lab.strongSwan(lab.right());
        subject.start(ours);
        strongSwan.start(ours.stream().map(Tunnel::mirrored).toList());
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldCarryTrafficWhenInitiating(Suite suite) {
        shouldCarryTraffic(subject, strongSwan, suite);
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldCarryTrafficWhenResponding(Suite suite) {
        shouldCarryTraffic(strongSwan, subject, suite);
    }

    private void shouldCarryTraffic(Peer initiator, Peer responder, Suite suite) {
        String connection = suite.connection();
        String child = "net" + suite.number();

        initiator.up(connection, child).orThrow();

        int subnet = suite.number();
        lab.exchange(
                initiator.site(), initiator.site().inner(subnet), responder.site().inner(subnet));
        for (Peer peer : List.of(initiator, responder)) {
            SaView sa = peer.sa(connection);
            assertThat(sa.suite()).isEqualTo(suite.ikeOutcome());
            assertThat(sa.child(child).suite()).isEqualTo(suite.espOutcome());
            assertThat(sa.child(child).packetsIn()).isPositive();
        }
        initiator.down(connection).orThrow();
        responder.awaitIkeSas(0, SOON);
    }
}
