package dev.culvert.endpoint.config;

/** Shell patterns for one part of a path: {@code *}, {@code ?}, {@code [abc]}, {@code [!a-z]}. */
final class Glob {
    private Glob() {}

    static boolean isPattern(String part) {
        return part.indexOf('*') >= 0 || part.indexOf('?') >= 0 || part.indexOf('[') >= 0;
    }

    /** Whether a name matches; a leading dot has to be matched by a dot, as in the shell. */
    static boolean matches(String pattern, String name) {
        if (name.startsWith(".") && !pattern.startsWith(".")) {
            return false;
        }
        int p = 0;
        int n = 0;
        int starAt = -1;
        int retryAt = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                starAt = p++;
                retryAt = n;
                continue;
            }
            int width = p < pattern.length() ? matchOne(pattern, p, name.charAt(n)) : 0;
            if (width > 0) {
                p += width;
                n++;
            } else if (starAt >= 0) {
                p = starAt + 1;
                n = ++retryAt;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /** How many characters of the pattern matched the one character; 0 for none. */
    private static int matchOne(String pattern, int at, char c) {
        char wanted = pattern.charAt(at);
        if (wanted == '?') {
            return 1;
        }
        int close = wanted == '[' ? pattern.indexOf(']', at + 2) : -1;
        if (close < 0) {
            return wanted == c ? 1 : 0;
        }
        boolean negated = pattern.charAt(at + 1) == '!' || pattern.charAt(at + 1) == '^';
        boolean in = false;
        int i = at + (negated ? 2 : 1);
        while (i < close) {
            boolean range = i + 2 < close && pattern.charAt(i + 1) == '-';
            char high = range ? pattern.charAt(i + 2) : pattern.charAt(i);
            in |= c >= pattern.charAt(i) && c <= high;
            i += range ? 3 : 1;
        }
        return in == negated ? 0 : close - at + 1;
    }
}
