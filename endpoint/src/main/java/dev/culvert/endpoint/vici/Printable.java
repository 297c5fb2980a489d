package dev.culvert.endpoint.vici;

/**
 * Text for clients that show a value only when all of it is printable ASCII, as strongSwan's
 * library does: a line break in an error message, and swanctl prints no message at all.
 */
final class Printable {
    private static final int FIRST = 0x20;
    private static final int LAST = 0x7e;

    private Printable() {}

    /** The text on one line, with a question mark for each character that cannot be shown. */
    static String ascii(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> {
                    if (c == '\n') {
                        shown.append("; ");
                    } else if (c == '\u2026') {
                        shown.append("...");
                    } else {
                        shown.append(c >= FIRST && c <= LAST ? (char) c : '?');
                    }
                });
        return shown.toString();
    }
}
