package dev.culvert.bench.e2e.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/** Results as lines of text: one row per metric, one column per peer. */
public final class Table {
    private static final String NOTHING = "\u2013";

    private Table() {}

    /** All metrics that somebody has. */
    public static String text(Results results) {
        List<List<String>> rows = rows(results);
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(pad(row.getFirst(), -widths[0]));
            for (int i = 1; i < widths.length; i++) {
                line.append("  ").append(pad(row.get(i), i == 1 ? -widths[i] : widths[i]));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** The same in Markdown. */
    public static String markdown(Results results) {
        StringBuilder text = new StringBuilder();
        List<List<String>> rows = rows(results);
        for (int i = 0; i < rows.size(); i++) {
            text.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
            if (i == 0) {
                String[] rule = new String[rows.getFirst().size()];
                Arrays.fill(rule, "---:");
                rule[0] = "---";
                rule[1] = "---";
                text.append('|').append(String.join("|", rule)).append("|\n");
            }
        }
        return text.toString();
    }

    private static List<List<String>> rows(Results results) {
        List<List<String>> rows = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("", "unit"));
        results.peers().forEach(peer -> header.add(peer.name()));
        rows.add(header);
        for (Metric metric : Metric.values()) {
            List<String> row = new ArrayList<>(List.of(metric.title(), metric.unit()));
            boolean any = false;
            for (PeerResult peer : results.peers()) {
                OptionalDouble value = peer.value(metric);
                any |= value.isPresent();
                row.add(value.isPresent() ? metric.format(value.getAsDouble()) : NOTHING);
            }
            if (any) {
                rows.add(row);
            }
        }
        return rows;
    }

    private static String pad(String text, int width) {
        return ("%" + width + "s").formatted(text);
    }
}
