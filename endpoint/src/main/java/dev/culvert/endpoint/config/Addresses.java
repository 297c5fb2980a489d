package dev.culvert.endpoint.config;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.util.Optional;

/**
 * Addresses, networks, ranges and names as {@code local_addrs} and {@code remote_addrs} have them.
 */
public final class Addresses {
    private static final int LONGEST_NAME = 253;

    private Addresses() {}

    public static Parsed<AddressSpec> spec(String text) {
        switch (text) {
            case "%any" -> {
                return Parsed.ok(new AddressSpec.Any(true, true));
            }
            case "%any4", "0.0.0.0", "0.0.0.0/0" -> {
                return Parsed.ok(new AddressSpec.Any(true, false));
            }
            case "%any6", "::", "::/0" -> {
                return Parsed.ok(new AddressSpec.Any(false, true));
            }
            default -> {
                // below
            }
        }
        Optional<IpAddress> single = IpAddress.parse(text);
        if (single.isPresent()) {
            return Parsed.ok(new AddressSpec.Single(single.get().toInetAddress()));
        }
        int slash = text.indexOf('/');
        if (slash > 0) {
            return network(text, slash);
        }
        int dash = text.indexOf('-');
        if (dash > 0) {
            Optional<IpAddress> first = IpAddress.parse(text.substring(0, dash).strip());
            Optional<IpAddress> last = IpAddress.parse(text.substring(dash + 1).strip());
            if (first.isPresent() || last.isPresent()) {
                return range(first, last);
            }
        }
        return name(text);
    }

    /** A single address, for sockets; empty for {@code %any}. */
    static Parsed<Optional<IpAddress>> listenAddress(String text) {
        if (text.equals("%any")) {
            return Parsed.ok(Optional.empty());
        }
        Optional<IpAddress> address = IpAddress.parse(text);
        return address.isPresent()
                ? Parsed.ok(address)
                : Parsed.failed(
                        "expected \"%any\" or addresses of this host, such as \"192.0.2.1\"");
    }

    /** An address with a prefix length; without one it stands for itself. */
    static Parsed<DaemonSettings.InterfaceAddress> interfaceAddress(String text) {
        int slash = text.indexOf('/');
        Optional<IpAddress> address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Parsed.failed("expected an address such as \"10.1.0.1/24\"");
        }
        int width = address.get().widthBits();
        if (slash < 0) {
            return Parsed.ok(
                    new DaemonSettings.InterfaceAddress(address.get().toInetAddress(), width));
        }
        return Quantities.integer(text.substring(slash + 1), 0, width)
                .then(bits ->
                        Parsed.ok(
                                new DaemonSettings.InterfaceAddress(
                                        address.get().toInetAddress(), bits)));
    }

    private static Parsed<AddressSpec> network(String text, int slash) {
        Optional<IpAddress> address = IpAddress.parse(text.substring(0, slash));
        if (address.isEmpty()) {
            return Parsed.failed("expected an address in front of the \"/\"");
        }
        IpAddress ip = address.get();
        return Quantities.integer(text.substring(slash + 1), 0, ip.widthBits())
                .then(bits ->
                        Parsed.ok(
                                new AddressSpec.Range(
                                        ip.networkStart(bits).toInetAddress(),
                                        ip.networkEnd(bits).toInetAddress())));
    }

    private static Parsed<AddressSpec> range(Optional<IpAddress> first, Optional<IpAddress> last) {
        if (first.isEmpty()
                || last.isEmpty()
                || first.get().version() != last.get().version()
                || first.get().compareTo(last.get()) > 0) {
            return Parsed.failed(
                    "expected a range of two addresses of one IP version, the lower one first");
        }
        return Parsed.ok(
                new AddressSpec.Range(first.get().toInetAddress(), last.get().toInetAddress()));
    }

    private static Parsed<AddressSpec> name(String text) {
        boolean numeric = text.matches("[0-9.]+") || text.indexOf(':') >= 0;
        if (numeric
                || text.length() > LONGEST_NAME
                || !text.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")) {
            return Parsed.failed(
                    "expected \"%any\", an address, a network such as \"192.0.2.0/24\", a range such"
                            + " as \"192.0.2.1-192.0.2.9\" or a host name");
        }
        return Parsed.ok(new AddressSpec.Name(text));
    }
}
