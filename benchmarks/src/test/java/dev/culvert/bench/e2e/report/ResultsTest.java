package dev.culvert.bench.e2e.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private static final Results RESULTS =
            new Results(
                    Map.of("cpu", "a \"CPU\""),
                    List.of(
                            peer("probe", false, 10.0, 90.0),
                            peer("culvert-native", false, 6.3, 130.0),
                            peer("wireguard-go", true, 2.1, 125.0),
                            peer("openvpn", true, 0.5, 140.0)));

    @Test
    void shouldReadWhatItWrote() throws IOException {
        assertThat(ResultsJson.read(ResultsJson.write(RESULTS))).isEqualTo(RESULTS);
    }

    @Test
    void shouldSayWhichTargetsAreMet() {
        List<Target.Verdict> verdicts = Target.verdicts(RESULTS);

        assertThat(verdict(verdicts, "TCP 1 stream / wireguard-go")).isEqualTo("met");
        assertThat(verdict(verdicts, "TCP 1 stream / no-crypto probe")).isEqualTo("met");
        assertThat(verdict(verdicts, "TCP 1 stream / strongSwan kernel-libipsec"))
                .isEqualTo("not measured");
        assertThat(verdict(verdicts, "one-way p50, idle / best other VPN")).isEqualTo("not met");
    }

    @Test
    void shouldReplaceAPeerWhenItRunsAgain() {
        Results again = RESULTS.with(peer("openvpn", true, 0.7, 100.0));

        assertThat(again.peers()).hasSize(4);
        assertThat(again.value("openvpn", Metric.TCP1_GBPS)).hasValue(0.7);
    }

    @Test
    void shouldShowAllPeersInTableAndCharts() {
        assertThat(Table.text(RESULTS)).contains("TCP 1 stream", "6.30", "0.50", "wireguard-go");
        assertThat(Table.markdown(RESULTS)).contains("| TCP 1 stream | Gb/s | 10.00 | 6.30 |");
        assertThat(Charts.throughput(RESULTS)).contains(">culvert-native<", ">6.30<");
        assertThat(Charts.latency(RESULTS)).contains(">culvert-native<", "<circle");
    }

    @Test
    void shouldTakeTheMedianOfRoundsAndTheHighestMaximum() {
        PeerResult peer =
                rounds(
                        "culvert-native",
                        Map.of(
                                Metric.TCP1_GBPS, List.of(9.0, 5.0, 6.0),
                                Metric.UDP64_KPPS, List.of(100.0, 300.0),
                                Metric.IDLE_MAX_US, List.of(4.0, 7.0, 5.0)));

        assertThat(peer.value(Metric.TCP1_GBPS)).hasValue(6.0);
        assertThat(peer.value(Metric.UDP64_KPPS)).hasValue(200.0);
        assertThat(peer.value(Metric.IDLE_MAX_US)).hasValue(7.0);
        assertThat(peer.value(Metric.TCP4_GBPS)).isEmpty();
    }

    @Test
    void shouldSayBetweenWhichRoundsARatioLies() {
        Results results =
                new Results(
                        Map.of(),
                        List.of(
                                rounds("probe", Map.of(Metric.TCP1_GBPS, List.of(10.0, 5.0, 8.0))),
                                rounds(
                                        "culvert-native",
                                        Map.of(Metric.TCP1_GBPS, List.of(6.0, 5.0, 5.6)))));

        Target.Verdict verdict = Target.verdicts(results).get(1);

        assertThat(verdict.reached()).hasValue(0.7);
        assertThat(verdict.lowest()).isEqualTo(0.6);
        assertThat(verdict.highest()).isEqualTo(1.0);
        assertThat(verdict.line()).contains("0.70 (0.60 to 1.00): met");
    }

    private static PeerResult rounds(String name, Map<Metric, List<Double>> rounds) {
        return new PeerResult(name, "what it is", "1.0", false, rounds, "");
    }

    private static String verdict(List<Target.Verdict> verdicts, String what) {
        return verdicts.stream()
                .filter(verdict -> verdict.target().what().equals(what))
                .findFirst()
                .orElseThrow()
                .word();
    }

    private static PeerResult peer(String name, boolean rival, double gbps, double p50Us) {
        return new PeerResult(
                name,
                "what it is",
                "1.0",
                rival,
                Map.of(Metric.TCP1_GBPS, List.of(gbps), Metric.IDLE_P50_US, List.of(p50Us)),
                "");
    }
}
