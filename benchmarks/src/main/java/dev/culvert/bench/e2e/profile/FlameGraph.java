package dev.culvert.bench.e2e.profile;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Stacks as boxes on top of those they were called from, as wide as they were frequent. */
final class FlameGraph {
    private static final double WIDTH = 1200;
    private static final double ROW_HEIGHT = 16;
    private static final double NARROWEST = 1;
    private static final double LETTER_WIDTH = 6.2;

    private final String title;
    private final Node root = new Node();

    FlameGraph(String title) {
        this.title = title;
    }

    private static final class Node {
        private final Map<String, Node> children = new TreeMap<>();
        private int samples;
    }

    /** Adds a sample, the outermost function first. */
    void add(List<String> path) {
        Node node = root;
        node.samples++;
        for (String function : path) {
            node = node.children.computeIfAbsent(function, name -> new Node());
            node.samples++;
        }
    }

    String svg() {
        int depth = depth(root);
        double height = (depth + 2) * ROW_HEIGHT + 20;
        StringBuilder body = new StringBuilder();
        draw(body, root, 0, height - ROW_HEIGHT - 6);
        return String.format(
                Locale.ROOT,
                """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="10">
                <rect width="100%%" height="100%%" fill="#ffffff"/>
                <text x="8" y="14" font-size="13">%s</text>
                %s</svg>
                """,
                WIDTH,
                height,
                escape(title),
                body);
    }

    private int depth(Node node) {
        return width(node) < NARROWEST
                ? 0
                : 1 + node.children.values().stream().mapToInt(this::depth).max().orElse(0);
    }

    private double width(Node node) {
        return root.samples == 0 ? 0 : WIDTH * node.samples / root.samples;
    }

    private void draw(StringBuilder body, Node node, double left, double y) {
        double x = left;
        for (Map.Entry<String, Node> entry : node.children.entrySet()) {
            double width = width(entry.getValue());
            if (width >= NARROWEST) {
                box(body, entry.getKey(), entry.getValue().samples, x, y, width);
                draw(body, entry.getValue(), x, y - ROW_HEIGHT);
            }
            x += width;
        }
    }

    private void box(
            StringBuilder body, String name, int samples, double x, double y, double width) {
        int letters = (int) ((width - 4) / LETTER_WIDTH);
        String label = name.length() <= letters ? name : name.substring(0, Math.max(0, letters));
        body.append(
                String.format(
                        Locale.ROOT,
                        "<g><title>%s: %.1f %%</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\""
                                + " height=\"%.1f\" fill=\"%s\" stroke=\"#fff\" stroke-width=\".4\"/>",
                        escape(name),
                        100.0 * samples / root.samples,
                        x,
                        y,
                        width,
                        ROW_HEIGHT - 1,
                        colour(name)));
        if (letters >= 3) {
            body.append(
                    String.format(
                            Locale.ROOT,
                            "<text x=\"%.1f\" y=\"%.1f\">%s</text>",
                            x + 2,
                            y + 11,
                            escape(label)));
        }
        body.append("</g>\n");
    }

    /** Culvert's code, the cipher, and all else. */
    private static String colour(String name) {
        if (name.matches("[A-Z]\\w*\\..*|culvert.*|esp-.*")) {
            return "#66c2d0";
        }
        return name.contains("gcm") || name.contains("galois") ? "#b197fc" : "#ffc078";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
