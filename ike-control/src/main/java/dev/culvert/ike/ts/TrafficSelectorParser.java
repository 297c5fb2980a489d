package dev.culvert.ike.ts;

import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads traffic selectors as they stand in a configuration, and as {@link
 * TrafficSelector#toString()} writes them.
 */
final class TrafficSelectorParser {
    private static final String FORMS =
            "a selector is an address, a network (10.1.0.0/16) or a range (10.1.0.1-10.1.0.9), with an optional"
                    + " [protocol/port], for example [tcp/80], [17/1000-2000] or [icmp]";

    private TrafficSelectorParser() {}

    /** Protocol and ports. */
    private record Upper(int protocol, int startPort, int endPort) {}

    private record Range(IpAddress start, IpAddress end) {}

    static Parsed<TrafficSelector> parse(String text) {
        int bracket = text.indexOf('[');
        String addresses = (bracket < 0 ? text : text.substring(0, bracket)).strip();
        return range(addresses)
                .then(range -> upper(text, bracket).then(upper -> combine(range, upper)));
    }

    static Optional<Parsed<TrafficSelector>> parseDynamic(String text, IpAddress address) {
        String stripped = text.strip();
        if (!stripped.startsWith("dynamic")) {
            return Optional.empty();
        }
        String rest = stripped.substring("dynamic".length()).strip();
        if (!rest.isEmpty() && rest.charAt(0) != '[') {
            return Optional.of(
                    Parsed.failed(
                            "\"" + rest + "\" after dynamic; only [protocol/port] may follow"));
        }
        return Optional.of(
                upper(rest, rest.isEmpty() ? -1 : 0)
                        .then(upper -> combine(new Range(address, address), upper)));
    }

    private static Parsed<TrafficSelector> combine(Range range, Upper upper) {
        return Parsed.ok(
                new TrafficSelector(
                        upper.protocol(),
                        upper.startPort(),
                        upper.endPort(),
                        range.start(),
                        range.end()));
    }

    private static Parsed<Range> range(String text) {
        int slash = text.indexOf('/');
        if (slash >= 0) {
            return network(text, text.substring(0, slash), text.substring(slash + 1));
        }
        int dash = text.indexOf('-');
        int separatorLength = 1;
        if (dash < 0) {
            dash = text.indexOf("..");
            separatorLength = 2;
        }
        if (dash < 0) {
            return address(text).then(a -> Parsed.ok(new Range(a, a)));
        }
        String last = text.substring(dash + separatorLength).strip();
        return address(text.substring(0, dash).strip())
                .then(start -> address(last).then(end -> ordered(text, start, end)));
    }

    private static Parsed<Range> ordered(String text, IpAddress start, IpAddress end) {
        if (start.version() != end.version()) {
            return Parsed.failed("\"" + text + "\" mixes IPv4 and IPv6");
        }
        return start.compareTo(end) > 0
                ? Parsed.failed("the range \"" + text + "\" ends before it starts")
                : Parsed.ok(new Range(start, end));
    }

    private static Parsed<Range> network(String text, String address, String prefix) {
        OptionalInt bits = number(prefix.strip(), 128);
        return address(address.strip())
                .then(a ->
                        bits.isEmpty() || bits.getAsInt() > a.widthBits()
                                ? Parsed.failed(
                                        "the prefix length in \"%s\" must be 0 to %d"
                                                .formatted(text, a.widthBits()))
                                : Parsed.ok(
                                        new Range(
                                                a.networkStart(bits.getAsInt()),
                                                a.networkEnd(bits.getAsInt()))));
    }

    private static Parsed<IpAddress> address(String text) {
        return IpAddress.parse(text)
                .map(Parsed::ok)
                .orElse(Parsed.failed("\"" + text + "\" is not an IP address; " + FORMS));
    }

    private static Parsed<Upper> upper(String text, int bracket) {
        if (bracket < 0) {
            return Parsed.ok(new Upper(TrafficSelector.ANY_PROTOCOL, 0, 65535));
        }
        String tail = text.substring(bracket).strip();
        if (!tail.endsWith("]")) {
            return Parsed.failed("\"" + text + "\" has no closing ]; " + FORMS);
        }
        String inside = tail.substring(1, tail.length() - 1).strip();
        int slash = inside.indexOf('/');
        String protocolText =
                (slash < 0 ? inside : inside.substring(0, slash)).strip().toLowerCase(Locale.ROOT);
        Parsed<Integer> protocol = protocol(protocolText);
        if (slash < 0) {
            return protocol.then(p -> Parsed.ok(new Upper(p, 0, 65535)));
        }
        String ports = inside.substring(slash + 1).strip().toLowerCase(Locale.ROOT);
        return protocol.then(p -> ports(p, ports));
    }

    private static Parsed<Integer> protocol(String text) {
        if (text.isEmpty() || text.equals("any")) {
            return Parsed.ok(TrafficSelector.ANY_PROTOCOL);
        }
        OptionalInt number = number(text, 255);
        return number.isPresent()
                ? Parsed.ok(number.getAsInt())
                : IpProtocols.number(text)
                        .map(Parsed::ok)
                        .orElse(
                                Parsed.failed(
                                        "\""
                                                + text
                                                + "\" is not a protocol; write its name (tcp, udp, icmp, ipv6-icmp, sctp, gre …) or its number, 0 to 255"));
    }

    private static Parsed<Upper> ports(int protocol, String text) {
        if (text.equals("any") || text.isEmpty()) {
            return Parsed.ok(new Upper(protocol, 0, 65535));
        }
        if (text.equals("opaque")) {
            return Parsed.ok(new Upper(protocol, 65535, 0));
        }
        int dash = text.indexOf('-');
        OptionalInt start = port(protocol, (dash < 0 ? text : text.substring(0, dash)).strip());
        OptionalInt end = dash < 0 ? start : port(protocol, text.substring(dash + 1).strip());
        if (start.isEmpty() || end.isEmpty()) {
            String kind =
                    IpProtocols.isIcmp(protocol)
                            ? "an ICMP type, type(code) or type × 256 + code"
                            : "a port or a range of ports, 0 to 65535";
            return Parsed.failed("\"" + text + "\" is not " + kind);
        }
        return start.getAsInt() > end.getAsInt()
                ? Parsed.failed("the ports \"" + text + "\" end before they start")
                : Parsed.ok(new Upper(protocol, start.getAsInt(), end.getAsInt()));
    }

    /** Small numbers are ICMP types, and the code is 0 then: strongSwan's reading, too. */
    private static OptionalInt port(int protocol, String text) {
        if (!IpProtocols.isIcmp(protocol)) {
            return number(text, 65535);
        }
        int parenthesis = text.indexOf('(');
        if (parenthesis >= 0) {
            OptionalInt type = number(text.substring(0, parenthesis), 255);
            OptionalInt code =
                    text.endsWith(")")
                            ? number(text.substring(parenthesis + 1, text.length() - 1), 255)
                            : OptionalInt.empty();
            return type.isPresent() && code.isPresent()
                    ? OptionalInt.of(type.getAsInt() << 8 | code.getAsInt())
                    : OptionalInt.empty();
        }
        OptionalInt number = number(text, 65535);
        return number.isPresent() && number.getAsInt() < 256
                ? OptionalInt.of(number.getAsInt() << 8)
                : number;
    }

    private static OptionalInt number(String text, int max) {
        if (text.isEmpty() || text.length() > 5) {
            return OptionalInt.empty();
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return OptionalInt.empty();
            }
            value = value * 10 + (c - '0');
        }
        return value <= max ? OptionalInt.of(value) : OptionalInt.empty();
    }
}
