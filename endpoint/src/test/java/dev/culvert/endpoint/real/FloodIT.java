package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Alone;
import dev.culvert.endpoint.real.net.Background;
import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Json;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/** First messages from addresses that are made up, as fast as this machine sends them. */
@Alone
@RealNetwork
class FloodIT {
    private static final int WANTED_PER_SECOND = 50_000;

    /** Below this the machine was too busy to say anything about floods. */
    private static final int LEAST_PER_SECOND = 5_000;

    private static final int SECONDS = 15;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern RATE = Pattern.compile("sent (\\d+) .*: (\\d+) per second");

    @Test
    @Timeout(180)
    void shouldSetUpAnHonestTunnelUnderAFlood(Lab lab, TestReporter reporter) {
        Culvert culvert = lab.culvert(lab.left()).setting("log.default", "info");
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .addresses(lab.left().address(), "%any")
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        strongSwan.retransmitSoon();
        culvert.start(tunnel);
        strongSwan.start(tunnel.mirrored().addresses(lab.right().address(), lab.left().address()));
        String template = firstMessage(lab, strongSwan);
        strongSwan.down("gw").orThrow();

        Background flood = flood(lab, template);
        flood.awaitLog("begins", LIMIT);
        pause(Duration.ofSeconds(3));
        strongSwan.up("gw", "net").orThrow();
        boolean during = flood.isAlive();
        lab.exchange(lab.right(), lab.left());
        flood.awaitLog("per second", LIMIT);

        Matcher sent = RATE.matcher(flood.log());
        assertThat(sent.find()).as(flood.log()).isTrue();
        int perSecond = Integer.parseInt(sent.group(2));
        Json status = culvert.statusJson();
        reporter.publishEntry(
                Map.of(
                        "flood per second", sent.group(2),
                        "cookies",
                                Long.toString(
                                        status.at("ike_counters").number("ike_cookies_sent"))));
        assertThat(during).as("it was up before the flood ended").isTrue();
        assertThat(perSecond).isBetween(LEAST_PER_SECOND, 2 * WANTED_PER_SECOND);
        assertThat(culvert.sas()).filteredOn(SaView::isEstablished).hasSize(1);
        assertThat(status.number("half_open")).isLessThan(100);
        assertThat(culvert.log()).doesNotContain("Exception", "\tat ");
    }

    private static Background flood(Lab lab, String template) {
        return lab.router()
                .start(
                        lab.directory().resolve("flood.log"),
                        Map.of(),
                        "/usr/bin/python3",
                        lab.script("inject.py"),
                        "flood",
                        lab.left().address(),
                        "8019",
                        Integer.toString(SECONDS),
                        Integer.toString(WANTED_PER_SECOND),
                        template);
    }

    private static String firstMessage(Lab lab, StrongSwan strongSwan) {
        Capture capture = lab.capture("udp port 500");
        strongSwan.up("gw", "net").orThrow();
        return capture.stop().packets().stream()
                .filter(packet -> packet.destination().equals(lab.left().address()))
                .findFirst()
                .map(packet -> HexFormat.of().formatHex(packet.udpPayload()))
                .orElseThrow();
    }

    private static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
