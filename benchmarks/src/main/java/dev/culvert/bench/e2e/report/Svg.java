package dev.culvert.bench.e2e.report;

import java.util.Locale;

/** Builds a picture from lines, rectangles and text. */
final class Svg {
    private final StringBuilder body = new StringBuilder();
    private final int width;
    private final int height;

    Svg(int width, int height) {
        this.width = width;
        this.height = height;
        rectangle(0, 0, width, height, "#ffffff");
    }

    void rectangle(double x, double y, double w, double h, String colour) {
        open("rect").with("x", x).with("y", y).with("width", w).with("height", h);
        with("fill", colour).close();
    }

    void line(double x1, double y1, double x2, double y2, String colour, double strokeWidth) {
        open("line").with("x1", x1).with("y1", y1).with("x2", x2).with("y2", y2);
        with("stroke", colour).with("stroke-width", strokeWidth).close();
    }

    void circle(double x, double y, double radius, String colour) {
        open("circle").with("cx", x).with("cy", y).with("r", radius).with("fill", colour).close();
    }

    /**
     * Writes text.
     *
     * @param anchor start, middle or end
     */
    void text(double x, double y, int size, String anchor, String colour, String text) {
        open("text").with("x", x).with("y", y).with("font-size", size).with("text-anchor", anchor);
        with("fill", colour).with("font-family", "sans-serif");
        body.append('>').append(escape(text)).append("</text>\n");
    }

    /** The whole file. */
    String file() {
        return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">
        %s</svg>
        """
                .formatted(width, height, width, height, body);
    }

    private Svg open(String element) {
        body.append('<').append(element);
        return this;
    }

    private Svg with(String attribute, String value) {
        body.append(' ').append(attribute).append("=\"").append(value).append('"');
        return this;
    }

    private Svg with(String attribute, double value) {
        return with(attribute, String.format(Locale.ROOT, "%.1f", value));
    }

    private void close() {
        body.append("/>\n");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
