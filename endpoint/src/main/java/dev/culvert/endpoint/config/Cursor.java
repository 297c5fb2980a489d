package dev.culvert.endpoint.config;

/** Walks over a file's text and knows where it is. */
final class Cursor {
    private final String file;
    private final String text;
    private int at;
    private int line = 1;
    private int column = 1;

    Cursor(String file, String text) {
        this.file = file;
        this.text = text;
        if (!text.isEmpty() && text.charAt(0) == '\uFEFF') {
            at = 1;
        }
    }

    boolean atEnd() {
        return at >= text.length();
    }

    /** The character here; a line feed at the end, so that a last line needs none. */
    char peek() {
        return atEnd() ? '\n' : text.charAt(at);
    }

    char next() {
        char c = peek();
        if (!atEnd()) {
            at++;
            if (c == '\n') {
                line++;
                column = 1;
            } else {
                column++;
            }
        }
        return c;
    }

    SourcePosition position() {
        return new SourcePosition(file, line, column);
    }

    /** Over blanks of one line. */
    void skipBlanks() {
        while (!atEnd() && isBlank(peek())) {
            next();
        }
    }

    /** Over blanks, line ends and comments. */
    void skipSpace() {
        while (!atEnd()) {
            char c = peek();
            if (c == '#') {
                skipToLineEnd();
            } else if (c == '\n' || isBlank(c)) {
                next();
            } else {
                return;
            }
        }
    }

    void skipToLineEnd() {
        while (!atEnd() && peek() != '\n') {
            next();
        }
    }

    /** A name, or an empty string when there is none here. */
    String name() {
        int start = at;
        while (!atEnd() && isNameCharacter(peek())) {
            next();
        }
        return text.substring(start, at);
    }

    /** What is here, for a message; of a word, nothing is told: it may be part of a secret. */
    String describe() {
        if (atEnd()) {
            return "the end of the file";
        }
        char c = peek();
        if (c == '\n') {
            return "the end of the line";
        }
        if (Character.isISOControl(c)) {
            return String.format("a control character (0x%02x)", (int) c);
        }
        return isNameCharacter(c) ? "a word" : "'" + c + "'";
    }

    static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
    }

    static boolean isNameCharacter(char c) {
        return ".,:{}=\"# \t\r\n".indexOf(c) < 0 && !Character.isISOControl(c);
    }
}
