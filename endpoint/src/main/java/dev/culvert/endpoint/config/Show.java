package dev.culvert.endpoint.config;

import java.util.Collection;

/** How things from a file look in messages. Never used for secrets. */
final class Show {
    private static final int LONGEST = 60;

    private Show() {}

    /** A value in quotes, shortened and on one line. */
    static String value(String value) {
        StringBuilder shown = new StringBuilder("\"");
        value.codePoints()
                .limit(LONGEST)
                .forEach(c -> {
                    if (Character.isISOControl(c)) {
                        shown.append(String.format("\\x%02x", c));
                    } else {
                        shown.appendCodePoint(c);
                    }
                });
        if (value.length() > LONGEST) {
            shown.append('…');
        }
        return shown.append('"').toString();
    }

    /** "a", "a" or "b"; "a", "b" or "c". */
    static String choices(Collection<String> choices) {
        StringBuilder shown = new StringBuilder();
        int left = choices.size();
        for (String choice : choices) {
            shown.append('"').append(choice).append('"');
            left--;
            if (left > 0) {
                shown.append(left == 1 ? " or " : ", ");
            }
        }
        return shown.toString();
    }
}
