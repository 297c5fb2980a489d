package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimConfigs.settings;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import dev.culvert.ike.wire.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** IKE SAs that were lost, and come back with a ticket (RFC 5723). */
class ResumeTest {
    private static final long HOUR = 3600 * SECOND;

    // moon                                     sun
    //   (DPD gets no answer: the IKE SA is given up)
    //   IKE_SESSION_RESUME [ No N(TICKET_OPAQUE) ] -->
    //                                      <-- IKE_SESSION_RESUME [ No ]
    //   IKE_AUTH [ IDi AUTH SA TSi TSr N(TICKET_REQUEST) ] -->
    //                                      <-- IKE_AUTH [ IDr AUTH N(TICKET_LT_OPAQUE) .. ]
    @Test
    void shouldComeBackWithoutAKeyExchangeWhenThePeerWasLost() {
        SimPair pair = pair(tickets(HOUR), tickets(HOUR));
        List<String> kinds = loseAndReturn(pair);
        assertThat(kinds).contains("IKE_SESSION_RESUME request 0");
        assertThat(kinds).doesNotContain("IKE_SA_INIT request 0");
        assertThat(pair.moon().counter("ike_ike_sas_resumed")).isEqualTo(1);
        assertThat(pair.sun().counter("ike_ike_sas_resumed")).isEqualTo(1);
        assertThat(pair.sun().established()).hasSize(1);
        // And once more, with the ticket of the resumed one.
        kinds = loseAndReturn(pair);
        assertThat(kinds).doesNotContain("IKE_SA_INIT request 0");
        assertThat(pair.sun().counter("ike_ike_sas_resumed")).isEqualTo(2);
    }

    @Test
    void shouldExchangeKeysWhenTheGatewayForgotTheTicket() {
        SimPair pair = pair(tickets(HOUR), tickets(HOUR));
        pair.network().capture();
        pair.sun().restart();
        pair.network().await("web", () -> isBack(pair, 1), 120 * SECOND);
        assertThat(kinds(pair)).contains("IKE_SESSION_RESUME request 0", "IKE_SA_INIT request 0");
        assertThat(pair.sun().counter("ike_tickets_refused")).isEqualTo(1);
    }

    @Test
    void shouldExchangeKeysWhenTheTicketIsTooOld() {
        SimPair pair = pair(tickets(SECOND), tickets(SECOND));
        assertThat(loseAndReturn(pair)).doesNotContain("IKE_SESSION_RESUME request 0");
    }

    // Section 6.2: a ticket is no way around reauth_time.
    @Test
    void shouldExchangeKeysWhenTheAuthenticationIsTooOld() {
        SimPair pair = pair(tickets(HOUR), tickets(HOUR));
        pair.sun()
                .configure(
                        SimPair.sunConnection()
                                .reauth(new Lifetime(10 * SECOND, HOUR, 0))
                                .child(SimPair.sunChild("web").build())
                                .with(secret("x")));
        assertThat(loseAndReturn(pair)).contains("IKE_SESSION_RESUME request 0");
        // The ticket that came with that one is good for ten seconds.
        assertThat(loseAndReturn(pair)).doesNotContain("IKE_SESSION_RESUME request 0");
    }

    // Section 5: the address is asked for again, and the one that the lost IKE SA had is free.
    @Test
    void shouldHaveItsVirtualAddressAgainWhenItIsResumed() {
        SimPair pair = new SimPair(2, Weather.FAIR, tickets(HOUR), tickets(HOUR));
        IpAddress first = IpAddress.parse("10.9.0.1").orElseThrow();
        pair.sun()
                .configure(
                        new Connection()
                                .local("198.51.100.2")
                                .ids("sun.example", "%any")
                                .pools(new PoolConfig("p", first, first, first, List.of()))
                                .child(new Child("web").localTs("10.2.0.0/16").build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        SimPair.moonConnection()
                                .vips("0.0.0.0")
                                .dpdSeconds(5)
                                .child(
                                        new Child("web")
                                                .remoteTs("10.2.0.0/16")
                                                .dpd(ChildConfig.DpdAction.RESTART)
                                                .build())
                                .with(secret("x")));
        pair.up("web");
        loseAndReturn(pair);
        assertThat(pair.moon().counter("ike_ike_sas_resumed")).isEqualTo(1);
        assertThat(pair.moon().established().getFirst().configured().localVips())
                .containsExactly(first);
    }

    @Test
    void shouldExchangeKeysWhenOneSideGivesNoTickets() {
        SimPair pair = pair(tickets(HOUR), settings());
        assertThat(loseAndReturn(pair)).doesNotContain("IKE_SESSION_RESUME request 0");
        pair = pair(settings(), tickets(HOUR));
        assertThat(loseAndReturn(pair)).doesNotContain("IKE_SESSION_RESUME request 0");
        assertThat(pair.sun().counter("ike_tickets_granted")).isZero();
    }

    @Test
    void shouldResumeWithACookieWhenTheResponderAsksForOne() {
        SimPair pair = pair(tickets(HOUR), tickets(HOUR).withCookieThreshold(0));
        assertThat(loseAndReturn(pair)).doesNotContain("IKE_SA_INIT request 0");
        assertThat(pair.sun().counter("ike_cookies_sent")).isEqualTo(2);
        assertThat(pair.sun().counter("ike_ike_sas_resumed")).isEqualTo(1);
    }

    @Test
    void shouldTakeATicketOnce() {
        SimPair pair = pair(tickets(HOUR), tickets(HOUR));
        loseAndReturn(pair);
        SimPacket request =
                pair.network().captured().stream()
                        .filter(packet -> packet.kind().equals("IKE_SESSION_RESUME request 0"))
                        .findFirst()
                        .orElseThrow();
        byte[] again = request.payload().clone();
        again[0] ^= 1;
        pair.network().inject(new SimPacket(request.source(), request.destination(), again, false));
        pair.network().run(SECOND);
        assertThat(pair.sun().counter("ike_tickets_refused")).isEqualTo(1);
        assertThat(pair.sun().snapshot().halfOpen()).isZero();
    }

    @Test
    void shouldBeginAfreshWhenAnOperatorEndedIt() {
        SimPair pair = pair(tickets(HOUR), tickets(HOUR));
        long command = pair.moon().terminate("net");
        pair.network().await("down", () -> pair.moon().isDone(command), 10 * SECOND);
        pair.network().capture();
        pair.up("web");
        assertThat(kinds(pair)).doesNotContain("IKE_SESSION_RESUME request 0");
    }

    /** Moon gives sun up, and comes back; what was sent in the meantime. */
    private static List<String> loseAndReturn(SimPair pair) {
        long established = pair.moon().counter("ike_ike_sas_established");
        pair.network().capture();
        // As often as a request is sent.
        pair.network().drop(6, packet -> packet.kind().startsWith("INFORMATIONAL request"));
        pair.network().await("web", () -> isBack(pair, established), 120 * SECOND);
        pair.network().run(SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        return kinds(pair);
    }

    private static boolean isBack(SimPair pair, long established) {
        return pair.moon().counter("ike_ike_sas_established") > established
                && pair.moon().childrenUp().contains("web");
    }

    private static List<String> kinds(SimPair pair) {
        return pair.network().captured().stream().map(SimPacket::kind).toList();
    }

    private static EngineSettings tickets(long lifetimeNs) {
        return settings().withResumption(new EngineSettings.Resumption(true, lifetimeNs, 100));
    }

    private static SimPair pair(EngineSettings ofMoon, EngineSettings ofSun) {
        SimPair pair = new SimPair(1, Weather.FAIR, ofMoon, ofSun);
        pair.sun()
                .configure(
                        SimPair.sunConnection()
                                .child(SimPair.sunChild("web").build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        SimPair.moonConnection()
                                .dpdSeconds(5)
                                .child(
                                        SimPair.moonChild("web")
                                                .dpd(ChildConfig.DpdAction.RESTART)
                                                .build())
                                .with(secret("x")));
        return pair.up("web");
    }
}
