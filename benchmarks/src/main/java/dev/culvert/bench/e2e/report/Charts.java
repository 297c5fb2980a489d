package dev.culvert.bench.e2e.report;

import java.util.List;
import java.util.OptionalDouble;

/** Charts of a run as SVG. */
public final class Charts {
    private static final String INK = "#1f2933";
    private static final String GREY = "#9aa5b1";
    private static final String GRID = "#e4e7eb";
    private static final String OURS = "#0b7285";
    private static final String OTHERS = "#868e96";
    private static final String BOUND = "#ced4da";
    private static final List<String> LINES =
            List.of(
                    "#adb5bd", "#495057", "#0b7285", "#66d9e8", "#e8590c", "#f08c00", "#9c36b5",
                    "#2f9e44", "#1971c2");

    private static final List<Metric> THROUGHPUT =
            List.of(Metric.TCP1_GBPS, Metric.TCP4_GBPS, Metric.UDP1300_GBPS, Metric.UDP64_KPPS);
    private static final List<String> PERCENTILES = List.of("p50", "p90", "p99", "p99.9", "max");

    private Charts() {}

    /** Bars: one panel per kind of traffic, each with a scale of its own. */
    public static String throughput(Results results) {
        int rowHeight = 22;
        int panelHeight = 50 + rowHeight * results.peers().size();
        int columns = 2;
        int panelWidth = 480;
        int panelRows = (THROUGHPUT.size() + 1) / columns;
        Svg svg = new Svg(panelWidth * columns, panelHeight * panelRows + 30);
        for (int i = 0; i < THROUGHPUT.size(); i++) {
            double left = (i % columns) * panelWidth;
            double top = Math.floorDiv(i, columns) * (double) panelHeight;
            bars(svg, results, THROUGHPUT.get(i), left, top, rowHeight);
        }
        svg.text(
                16,
                panelHeight * panelRows + 15,
                11,
                "start",
                GREY,
                results.machine().getOrDefault("date", "")
                        + ", commit "
                        + results.machine().getOrDefault("commit", ""));
        return svg.file();
    }

    /**
     * One panel per situation: percentiles from left to right, time upwards on a logarithmic axis.
     */
    public static String latency(Results results) {
        int panelWidth = 400;
        int height = 420;
        Svg svg = new Svg(panelWidth * 3, height);
        percentiles(svg, results, "idle", Metric.IDLE, 0, panelWidth);
        percentiles(svg, results, "under 100 Mb/s of UDP", Metric.UDP_LOAD, panelWidth, panelWidth);
        percentiles(
                svg,
                results,
                "under a TCP stream at full speed",
                Metric.TCP_LOAD,
                2 * panelWidth,
                panelWidth);
        for (int i = 0; i < results.peers().size(); i++) {
            double x = 60 + i * 140.0;
            svg.rectangle(x, height - 24, 12, 12, LINES.get(i % LINES.size()));
            svg.text(x + 18, height - 14, 12, "start", INK, results.peers().get(i).name());
        }
        return svg.file();
    }

    private static void bars(
            Svg svg, Results results, Metric metric, double left, double top, int rowHeight) {
        double nameWidth = 110;
        double barWidth = 290;
        double most =
                results.peers().stream()
                        .flatMapToDouble(peer -> peer.value(metric).stream())
                        .max()
                        .orElse(1);
        svg.text(left + 16, top + 28, 15, "start", INK, metric.title() + ", " + metric.unit());
        double y = top + 40;
        for (PeerResult peer : results.peers()) {
            svg.text(left + nameWidth + 8, y + 14, 12, "end", INK, peer.name());
            OptionalDouble value = peer.value(metric);
            double width = value.orElse(0) / most * barWidth;
            svg.rectangle(left + nameWidth + 14, y + 2, width, rowHeight - 6, colour(peer));
            svg.text(
                    left + nameWidth + 20 + width,
                    y + 14,
                    12,
                    "start",
                    INK,
                    value.isPresent() ? metric.format(value.getAsDouble()) : "\u2013");
            y += rowHeight;
        }
    }

    private static String colour(PeerResult peer) {
        if (peer.rival()) {
            return OTHERS;
        }
        return peer.name().startsWith("culvert") ? OURS : BOUND;
    }

    /** From 10 µs to 1 s, five decades. */
    private static double height(double us) {
        return 340 - Math.clamp(Math.log10(Math.max(us, 10)) - 1, 0, 5) * 56;
    }

    private static void percentiles(
            Svg svg,
            Results results,
            String title,
            List<Metric> metrics,
            double left,
            double width) {
        svg.text(left + 60, 28, 15, "start", INK, "one-way latency, " + title);
        String[] labels = {"10 \u00b5s", "100 \u00b5s", "1 ms", "10 ms", "100 ms", "1 s"};
        for (int decade = 0; decade < labels.length; decade++) {
            double y = height(Math.pow(10, decade + 1.0));
            svg.line(left + 60, y, left + width - 20, y, GRID, 1);
            svg.text(left + 54, y + 4, 11, "end", GREY, labels[decade]);
        }
        double step = (width - 120) / (PERCENTILES.size() - 1);
        for (int i = 0; i < PERCENTILES.size(); i++) {
            svg.text(left + 80 + i * step, 362, 11, "middle", GREY, PERCENTILES.get(i));
        }
        for (int p = 0; p < results.peers().size(); p++) {
            String colour = LINES.get(p % LINES.size());
            PeerResult peer = results.peers().get(p);
            for (int i = 0; i < PERCENTILES.size(); i++) {
                OptionalDouble us = peer.value(metrics.get(i));
                OptionalDouble before =
                        i == 0 ? OptionalDouble.empty() : peer.value(metrics.get(i - 1));
                if (us.isPresent()) {
                    double x = left + 80 + i * step;
                    svg.circle(x, height(us.getAsDouble()), 3, colour);
                    if (before.isPresent()) {
                        svg.line(
                                x - step,
                                height(before.getAsDouble()),
                                x,
                                height(us.getAsDouble()),
                                colour,
                                2);
                    }
                }
            }
        }
    }
}
