package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonChild;
import static dev.culvert.ike.testkit.sim.SimPair.moonConnection;
import static dev.culvert.ike.testkit.sim.SimPair.sunChild;
import static dev.culvert.ike.testkit.sim.SimPair.sunConnection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineInput.DataplaneEvent;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.ts.TrafficSelector;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How an IKE SA and its first child are set up, and what is said when they are not. */
class HandshakeTest {
    @Test
    void shouldSetUpATunnelWhenBothSidesAgree() {
        SimPair pair = new SimPair(1, Weather.FAIR).usual().up("web");
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        assertThat(pair.sun().childrenUp()).containsExactly("web");
        assertThat(pair.moon().established().getFirst().remote().getPort()).isEqualTo(4500);
        assertThat(pair.sun().established().getFirst().remoteId())
                .contains(SimConfigs.id("moon.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "aes256gcm16-prfsha384-ecp384",
                "chacha20poly1305-prfsha256-x25519",
                "aes128-sha256-ecp256",
                "aes256-sha512-prfsha512-ecp521",
                "aes192gcm16-prfsha512-modp2048"
            })
    void shouldSetUpATunnelWhateverTheSuite(String proposals) {
        SimPair pair = new SimPair(2, Weather.FAIR);
        String esp =
                proposals.startsWith("aes128-")
                        ? "aes128-sha256"
                        : "chacha20poly1305,aes256gcm16-esn";
        pair.sun()
                .configure(
                        sunConnection()
                                .proposals(proposals)
                                .child(sunChild("web").proposals(esp).build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .proposals(proposals)
                                .child(moonChild("web").proposals(esp).build())
                                .with(secret("x")));
        pair.up("web");
    }

    // moon                                  sun
    //   IKE_SA_INIT [ SA KE No N(NAT..) ] -->
    //                                   <-- IKE_SA_INIT [ N(COOKIE) ]
    //   IKE_SA_INIT [ N(COOKIE) SA KE .. ] -->
    //                                   <-- IKE_SA_INIT [ SA KE No .. ]
    @Test
    void shouldRepeatIkeSaInitWithTheCookieWhenTheResponderAsksForOne() {
        EngineSettings wary = SimConfigs.settings().withCookieThreshold(0);
        SimPair pair = new SimPair(3, Weather.FAIR, SimConfigs.settings(), wary).usual().up("web");
        assertThat(pair.sun().counter("ike_cookies_sent")).isEqualTo(1);
        assertThat(pair.sun().counter("ike_ike_sas_established")).isEqualTo(1);
    }

    // moon (offers modp2048 first)             sun (x25519 only)
    //   IKE_SA_INIT [ SA KE(modp2048) .. ] -->
    //                                      <-- IKE_SA_INIT [ N(INVALID_KE_PAYLOAD: x25519) ]
    //   IKE_SA_INIT [ SA KE(x25519) .. ]   -->
    @Test
    void shouldRepeatIkeSaInitWithAnotherGroupWhenTheResponderWantsIt() {
        SimPair pair = new SimPair(4, Weather.FAIR);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .proposals("aes128gcm16-prfsha256-ecp256-x25519")
                                .child(moonChild("web").build())
                                .with(secret("x")));
        pair.up("web");
        assertThat(pair.sun().counter("ike_invalid_ke_sent")).isEqualTo(1);
    }

    @Test
    void shouldDoBothWhenTheResponderAsksForACookieAndAnotherGroup() {
        EngineSettings wary = SimConfigs.settings().withCookieThreshold(0);
        SimPair pair = new SimPair(5, Weather.FAIR, SimConfigs.settings(), wary);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .proposals("aes128gcm16-prfsha256-ecp256-x25519")
                                .child(moonChild("web").build())
                                .with(secret("x")));
        pair.up("web");
    }

    @Test
    void shouldShowBothSidesOffersWhenNoIkeProposalFits() {
        SimPair pair = new SimPair(6, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .proposals("aes256gcm16-prfsha384-ecp384")
                                .child(sunChild("web").build())
                                .with(secret("x")));
        pair.moon().configure(moonConnection().child(moonChild("web").build()).with(secret("x")));
        long command = pair.moon().initiate("net", "web");
        pair.network().run(SECOND);
        assertThat(pair.moon().errorOf(command)).get().asString().contains("NO_PROPOSAL_CHOSEN");
        List<String> details =
                pair.sun().alerts(AlertType.PROPOSAL_MISMATCH_IKE).getFirst().details();
        assertThat(details).anyMatch(line -> line.startsWith("ours:") && line.contains("ECP_384"));
        assertThat(details)
                .anyMatch(line -> line.startsWith("theirs:") && line.contains("CURVE_25519"));
        assertThat(pair.moon().alerts(AlertType.PROPOSAL_MISMATCH_IKE)).hasSize(1);
        assertThat(pair.sun().snapshot().ikeSas()).isEmpty();
    }

    @Test
    void shouldSayWhatIsWrongOnBothSidesWhenThePreSharedKeysDiffer() {
        SimPair pair = new SimPair(7, Weather.FAIR);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("one")));
        pair.moon()
                .configure(moonConnection().child(moonChild("web").build()).with(secret("other")));
        long command = pair.moon().initiate("net", "web");
        pair.network().run(30 * SECOND);
        assertThat(pair.moon().errorOf(command)).get().asString().contains("AUTHENTICATION_FAILED");
        assertThat(pair.sun().alerts(AlertType.PEER_AUTH_FAILED).getFirst().message())
                .contains("moon.example")
                .contains("pre-shared keys");
        assertThat(pair.moon().alerts(AlertType.LOCAL_AUTH_FAILED)).hasSize(1);
        assertThat(pair.sun().snapshot().ikeSas()).isEmpty();
        assertThat(pair.sun().heldEntries()).isZero();
        assertThat(pair.moon().heldEntries()).isLessThan(3);
    }

    @Test
    void shouldSayWhichSecretIsMissingWhenThereIsNone() {
        SimPair pair = new SimPair(8, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .child(sunChild("web").build())
                                .with(secret("x", "mars.example", "venus.example")));
        pair.moon().configure(moonConnection().child(moonChild("web").build()).with(secret("x")));
        pair.moon().initiate("net", "web");
        pair.network().run(SECOND);
        assertThat(pair.sun().alerts(AlertType.PEER_AUTH_FAILED).getFirst().message())
                .contains("no pre-shared key for sun.example and moon.example");
    }

    @Test
    void shouldListTheConnectionsThatDoNotFitWhenThePeersIdentityIsUnknown() {
        SimPair pair = new SimPair(9, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .ids("sun.example", "mars.example")
                                .child(sunChild("web").build())
                                .with(secret("x")));
        pair.moon().configure(moonConnection().child(moonChild("web").build()).with(secret("x")));
        pair.moon().initiate("net", "web");
        pair.network().run(SECOND);
        assertThat(pair.sun().alerts(AlertType.PEER_AUTH_FAILED).getFirst().details().getFirst())
                .contains("net")
                .contains("mars.example")
                .contains("moon.example");
    }

    @Test
    void shouldKeepTheIkeSaWhenTheChildsSelectorsDoNotFit() {
        SimPair pair = new SimPair(10, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .child(new Child("web").ts("10.9.0.0/16", "10.8.0.0/16").build())
                                .with(secret("x")));
        pair.moon().configure(moonConnection().child(moonChild("web").build()).with(secret("x")));
        long command = pair.moon().initiate("net", "web");
        pair.network().run(2 * SECOND);
        assertThat(pair.moon().errorOf(command)).get().asString().contains("TS_UNACCEPTABLE");
        assertThat(pair.moon().established()).hasSize(1);
        assertThat(pair.moon().childrenUp()).isEmpty();
        assertThat(pair.sun().alerts(AlertType.TS_MISMATCH).getFirst().details())
                .anyMatch(line -> line.contains("10.1.0.0/16"))
                .anyMatch(line -> line.contains("10.9.0.0/16"));
        assertThat(pair.moon().alerts(AlertType.KEEP_ON_CHILD_SA_FAILURE)).hasSize(1);
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    @Test
    void shouldKeepTheIkeSaWhenTheChildsProposalsDoNotFit() {
        SimPair pair = new SimPair(11, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .child(sunChild("web").proposals("aes256gcm16").build())
                                .with(secret("x")));
        pair.moon().configure(moonConnection().child(moonChild("web").build()).with(secret("x")));
        long command = pair.moon().initiate("net", "web");
        pair.network().run(2 * SECOND);
        assertThat(pair.moon().errorOf(command)).get().asString().contains("NO_PROPOSAL_CHOSEN");
        assertThat(pair.moon().established()).hasSize(1);
        assertThat(pair.sun().alerts(AlertType.PROPOSAL_MISMATCH_CHILD)).hasSize(1);
    }

    @Test
    void shouldNarrowOnBothSidesWhenTheResponderAllowsLess() {
        SimPair pair = new SimPair(12, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .child(new Child("web").ts("10.2.7.0/24", "10.0.0.0/8").build())
                                .with(secret("x")));
        pair.moon().configure(moonConnection().child(moonChild("web").build()).with(secret("x")));
        pair.up("web");
        assertThat(pair.moon().dataplane().installed().getFirst().remoteSelectors())
                .containsExactly(TrafficSelector.parse("10.2.7.0/24").orThrow());
        assertThat(pair.sun().dataplane().installed().getFirst().remoteSelectors())
                .containsExactly(TrafficSelector.parse("10.1.0.0/16").orThrow());
        assertThat(pair.moon().alerts(AlertType.TS_NARROWED)).hasSize(1);
    }

    @Test
    void shouldAskForThePacketsSelectorsFirstWhenAPacketStartsIt() {
        SimPair pair = new SimPair(13, Weather.FAIR).usual();
        TrafficSelector source = TrafficSelector.parse("10.1.0.5[tcp/40000]").orThrow();
        TrafficSelector destination = TrafficSelector.parse("10.2.0.5[tcp/80]").orThrow();
        pair.moon().acquire(new DataplaneEvent.Acquire("net", "web", source, destination));
        pair.network().run(SECOND);
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        assertThat(pair.moon().dataplane().installed().getFirst().localSelectors())
                .contains(TrafficSelector.parse("10.1.0.0/16").orThrow());
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    @Test
    void shouldUseTheOuterAddressesWhenSelectorsAreDynamic() {
        SimPair pair = new SimPair(14, Weather.FAIR);
        pair.sun().configure(sunConnection().child(new Child("host").build()).with(secret("x")));
        pair.moon().configure(moonConnection().child(new Child("host").build()).with(secret("x")));
        pair.up("host");
        assertThat(pair.moon().dataplane().installed().getFirst().remoteSelectors())
                .containsExactly(TrafficSelector.parse("198.51.100.2").orThrow());
    }

    @Test
    void shouldBeReadyToReceiveAndToAnswerBeforeThePeerIsTold() {
        SimPair pair = new SimPair(15, Weather.FAIR).usual();
        pair.moon().recordOutputs();
        pair.sun().recordOutputs();
        pair.up("web");
        // Sun's second message is the response to IKE_AUTH.
        List<EngineOutput> ofSun = pair.sun().outputs();
        int answered = lastIndexOf(ofSun, EngineOutput.Transmit.class);
        assertThat(indexOf(ofSun, EngineOutput.InstallInbound.class)).isLessThan(answered);
        assertThat(indexOf(ofSun, EngineOutput.InstallOutbound.class)).isLessThan(answered);
        assertThat(indexOf(pair.moon().outputs(), EngineOutput.InstallInbound.class))
                .isLessThan(indexOf(pair.moon().outputs(), EngineOutput.InstallOutbound.class));
    }

    @Test
    void shouldLookTheNameUpWhenThePeerIsGivenByName() {
        SimPair pair = new SimPair(16, Weather.FAIR);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .local()
                                .remote(new AddressSpec.Name("gw.example"))
                                .child(moonChild("web").build())
                                .with(secret("x")));
        long command = pair.moon().initiate("net", "web");
        pair.network().run(SECOND);
        assertThat(pair.moon().errorOf(command)).get().asString().contains("gw.example");
        pair.moon().learnName("gw.example", List.of(SimConfigs.ip("198.51.100.2")));
        pair.up("web");
    }

    @Test
    void shouldTryAgainAsOftenAsConfiguredWhenThePeerDoesNotAnswer() {
        SimPair pair = new SimPair(17, Weather.OUTAGE);
        pair.moon()
                .configure(
                        moonConnection()
                                .keyingTries(3)
                                .child(moonChild("web").build())
                                .with(secret("x")));
        long command = pair.moon().initiate("net", "web");
        pair.network().await("it gives up", () -> pair.moon().isDone(command), 120 * SECOND);
        assertThat(pair.moon().errorOf(command)).isPresent();
        assertThat(pair.moon().alerts(AlertType.PEER_INIT_UNREACHABLE)).hasSize(3);
        assertThat(pair.moon().snapshot().ikeSas()).isEmpty();
    }

    @Test
    void shouldGoOnWithTheNextAddressOfANameWhenOneDoesNotAnswer() {
        SimPair pair = new SimPair(21, Weather.FAIR);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .local()
                                .remote(new AddressSpec.Name("gw.example"))
                                .child(moonChild("web").build())
                                .with(secret("x")));
        pair.moon()
                .learnName(
                        "gw.example",
                        List.of(
                                SimConfigs.ip("2001:db8::9"),
                                SimConfigs.ip("198.51.100.9"),
                                SimConfigs.ip("198.51.100.2")));
        long command = pair.moon().initiate("net", "web");
        pair.network().await("it is up", () -> pair.moon().isDone(command), 60 * SECOND);
        assertThat(pair.moon().errorOf(command)).isEmpty();
        assertThat(pair.moon().alerts(AlertType.PEER_INIT_UNREACHABLE)).hasSize(1);
        assertThat(pair.moon().alerts(AlertType.PEER_ADDR_FAILED)).isEmpty();
    }

    @Test
    void shouldGoOverAllAddressesInEachRoundWhenNoneAnswers() {
        SimPair pair = new SimPair(22, Weather.OUTAGE);
        pair.moon()
                .configure(
                        moonConnection()
                                .remote("198.51.100.2", "198.51.100.3", "198.51.100.4")
                                .keyingTries(2)
                                .child(moonChild("web").build())
                                .with(secret("x")));
        long command = pair.moon().initiate("net", "web");
        pair.network().await("it gives up", () -> pair.moon().isDone(command), 240 * SECOND);
        assertThat(pair.moon().errorOf(command)).isPresent();
        assertThat(pair.moon().alerts(AlertType.PEER_INIT_UNREACHABLE)).hasSize(6);
        assertThat(pair.moon().snapshot().ikeSas()).isEmpty();
    }

    @Test
    void shouldGiveEverythingBackWhenAPeerNeverAuthenticates() {
        SimPair pair = new SimPair(18, Weather.FAIR).usual();
        pair.network().drop(100, packet -> packet.kind().startsWith("IKE_AUTH"));
        pair.moon().initiate("net", "web");
        pair.network().run(5 * SECOND);
        assertThat(pair.sun().snapshot().halfOpen()).isEqualTo(1);
        pair.network().run(60 * SECOND);
        assertThat(pair.sun().snapshot().halfOpen()).isZero();
        assertThat(pair.sun().heldEntries()).isZero();
        assertThat(pair.sun().alerts(AlertType.HALF_OPEN_TIMEOUT)).hasSize(1);
    }

    @Test
    void shouldTellTheKeysOnlyWhenAskedTo() {
        EngineSettings from = SimConfigs.settings();
        EngineSettings exporting = from.withExportKeys(true);
        SimPair pair = new SimPair(19, Weather.FAIR, exporting, from).usual().up("web");
        List<EngineEvent.KeyMaterial> keys =
                pair.moon().events().stream()
                        .filter(EngineEvent.KeyMaterial.class::isInstance)
                        .map(EngineEvent.KeyMaterial.class::cast)
                        .toList();
        assertThat(keys)
                .extracting(EngineEvent.KeyMaterial::kind)
                .containsExactly(
                        EngineEvent.KeyFile.IKEV2_DECRYPTION_TABLE,
                        EngineEvent.KeyFile.ESP_SA,
                        EngineEvent.KeyFile.ESP_SA);
        assertThat(keys.getFirst().toString()).doesNotContain(keys.getFirst().line());
        assertThat(pair.sun().events()).noneMatch(EngineEvent.KeyMaterial.class::isInstance);
    }

    private static int indexOf(List<EngineOutput> outputs, Class<?> kind) {
        for (int i = 0; i < outputs.size(); i++) {
            if (kind.isInstance(outputs.get(i))) {
                return i;
            }
        }
        throw new AssertionError("no " + kind.getSimpleName());
    }

    private static int lastIndexOf(List<EngineOutput> outputs, Class<?> kind) {
        return outputs.size() - 1 - indexOf(outputs.reversed(), kind);
    }
}
