package dev.culvert.endpoint.config;

import dev.culvert.ike.wire.Parsed;
import java.util.concurrent.TimeUnit;

/** Numbers, times and sizes as swanctl.conf writes them. */
final class Quantities {
    private static final long MOST_SECONDS = 0xFFFF_FFFFL;
    private static final int MOST_DIGITS = 18;

    private Quantities() {}

    /** A decimal number, or a hexadecimal one after 0x. */
    static Parsed<Integer> integer(String text, int least, int most) {
        Parsed<Integer> failed =
                Parsed.failed("expected a whole number from " + least + " to " + most);
        return switch (number(text)) {
            case Parsed.Ok<Long>(Long n) ->
                    n >= least && n <= most ? Parsed.ok(n.intValue()) : failed;
            case Parsed.Failed<Long> _ -> failed;
        };
    }

    static Parsed<Long> count(String text, long most) {
        return switch (number(text)) {
            case Parsed.Ok<Long>(Long n) when n >= 0 && n <= most -> Parsed.ok(n);
            case Parsed.Ok<Long> _ -> Parsed.failed("expected a whole number from 0 to " + most);
            case Parsed.Failed<Long> _ -> Parsed.failed("expected a whole number, 0 for no limit");
        };
    }

    static Parsed<Double> decimal(String text, double least, double most) {
        Parsed<Double> failed = Parsed.failed("expected a number from " + least + " to " + most);
        boolean percent = text.endsWith("%");
        String digits = percent ? text.substring(0, text.length() - 1).strip() : text;
        if (!digits.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
            return failed;
        }
        double value = Double.parseDouble(digits) / (percent ? 100 : 1);
        return value >= least && value <= most ? Parsed.ok(value) : failed;
    }

    /** Seconds, or a number with one of s, m, h, d behind it. */
    static Parsed<Long> timeNs(String text) {
        Parsed<Long> failed =
                Parsed.failed(
                        "expected a time: a whole number of seconds, or one with s, m, h or d"
                                + " behind it, such as \"90s\" or \"4h\"");
        if (text.isEmpty()) {
            return failed;
        }
        long unitSeconds =
                switch (text.charAt(text.length() - 1)) {
                    case 's' -> 1;
                    case 'm' -> 60;
                    case 'h' -> 3600;
                    case 'd' -> 86400;
                    default -> 0;
                };
        String digits =
                unitSeconds == 0 ? text : text.substring(0, text.length() - 1).stripTrailing();
        return switch (number(digits)) {
            case Parsed.Ok<Long>(Long n)
                    when n >= 0 && n <= MOST_SECONDS / Math.max(1, unitSeconds) ->
                    Parsed.ok(TimeUnit.SECONDS.toNanos(n * Math.max(1, unitSeconds)));
            case Parsed.Ok<Long> _ -> Parsed.failed("expected a time of at most 49710 days");
            case Parsed.Failed<Long> _ -> failed;
        };
    }

    /** Bytes, or a number with one of k, m, g (powers of 1024) behind it. */
    static Parsed<Long> bytes(String text, long most) {
        Parsed<Long> failed =
                Parsed.failed(
                        "expected a number of bytes up to "
                                + most
                                + ", where k, m or g behind the number multiply by 1024, 1024²"
                                + " or 1024³");
        if (text.isEmpty()) {
            return failed;
        }
        int shift =
                switch (text.charAt(text.length() - 1)) {
                    case 'k', 'K' -> 10;
                    case 'm', 'M' -> 20;
                    case 'g', 'G' -> 30;
                    default -> 0;
                };
        String digits = shift == 0 ? text : text.substring(0, text.length() - 1).stripTrailing();
        return switch (number(digits)) {
            case Parsed.Ok<Long>(Long n) when n >= 0 && n <= most >> shift -> Parsed.ok(n << shift);
            case Parsed.Ok<Long> _ -> failed;
            case Parsed.Failed<Long> _ -> failed;
        };
    }

    private static Parsed<Long> number(String text) {
        if (text.matches("0[xX][0-9a-fA-F]{1,15}")) {
            return Parsed.ok(Long.parseLong(text.substring(2), 16));
        }
        if (text.matches("-?[0-9]+") && text.length() <= MOST_DIGITS) {
            return Parsed.ok(Long.parseLong(text));
        }
        return Parsed.failed("expected a whole number");
    }
}
