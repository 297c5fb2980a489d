package dev.culvert.ike.id;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads identities by their form, as strongSwan does. */
final class IdentityParser {
    private static final Set<String> ANY = Set.of("%any", "%any4", "%any6", "*");

    private IdentityParser() {}

    static Parsed<Identity> parse(String text) {
        if (text.isEmpty()) {
            return Parsed.failed("an identity must not be empty; for any identity write %any");
        }
        if (ANY.contains(text.toLowerCase(Locale.ROOT))) {
            return Parsed.ok(new Identity.Any());
        }
        int colon = text.indexOf(':');
        if (colon > 0) {
            Optional<Parsed<Identity>> prefixed =
                    prefixed(
                            text.substring(0, colon).toLowerCase(Locale.ROOT),
                            text.substring(colon + 1));
            if (prefixed.isPresent()) {
                return prefixed.get();
            }
        }
        if (text.startsWith("@#")) {
            return hex(text.substring(2)).then(value -> Parsed.ok(new Identity.KeyId(value)));
        }
        if (text.startsWith("@@")) {
            return email(text.substring(2));
        }
        if (text.startsWith("@")) {
            return fqdn(text.substring(1));
        }
        if (text.indexOf('=') >= 0) {
            return Parsed.failed(
                    "\""
                            + text
                            + "\" looks like a distinguished name, which only comes with certificates; write it as asn1dn:#hex, or use"
                            + " a name, an e-mail or an IP address");
        }
        if (text.indexOf('@') > 0) {
            return email(text);
        }
        Optional<IpAddress> address = IpAddress.parse(text);
        if (address.isPresent()) {
            // As in strongSwan, the address that means "any address" means any identity.
            boolean unspecified = address.get().previous().isEmpty();
            return Parsed.ok(unspecified ? new Identity.Any() : new Identity.Ip(address.get()));
        }
        return colon >= 0 ? keyId(text) : fqdn(text);
    }

    private static Optional<Parsed<Identity>> prefixed(String prefix, String value) {
        return switch (prefix) {
            case "ipv4", "ipv6" -> Optional.of(address(prefix, value));
            case "fqdn", "dns" -> Optional.of(fqdn(value));
            case "email", "rfc822", "userfqdn" -> Optional.of(email(value));
            case "keyid" -> Optional.of(keyId(value));
            case "asn1dn" ->
                    Optional.of(
                            value.startsWith("#")
                                    ? hex(value.substring(1))
                                            .then(der -> Parsed.ok(new Identity.Dn(der)))
                                    : Parsed.failed("asn1dn: takes #hex, the encoded name"));
            default -> Optional.empty();
        };
    }

    private static Parsed<Identity> address(String prefix, String value) {
        int version = prefix.equals("ipv4") ? 4 : 6;
        return IpAddress.parse(value)
                .filter(a -> a.version() == version)
                .map(a -> Parsed.<Identity>ok(new Identity.Ip(a)))
                .orElse(Parsed.failed("\"" + value + "\" is not an IPv" + version + " address"));
    }

    private static Parsed<Identity> fqdn(String name) {
        return printable(name).then(n -> Parsed.ok(new Identity.Fqdn(n)));
    }

    private static Parsed<Identity> email(String address) {
        return printable(address).then(a -> Parsed.ok(new Identity.Rfc822(a)));
    }

    private static Parsed<Identity> keyId(String value) {
        if (value.startsWith("#")) {
            return hex(value.substring(1)).then(bytes -> Parsed.ok(new Identity.KeyId(bytes)));
        }
        return Parsed.ok(new Identity.KeyId(Bytes.of(value.getBytes(StandardCharsets.UTF_8))));
    }

    private static Parsed<String> printable(String text) {
        return IdentityText.isPrintable(Bytes.of(text.getBytes(StandardCharsets.UTF_8)))
                ? Parsed.ok(text)
                : Parsed.failed(
                        "\""
                                + text
                                + "\" is not a name: it must have printable ASCII characters without spaces");
    }

    /** Digits in pairs; colons between them are allowed. */
    private static Parsed<Bytes> hex(String text) {
        String digits = text.replace(":", "");
        boolean valid =
                digits.length() % 2 == 0
                        && digits.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0);
        return valid
                ? Parsed.ok(Bytes.ofHex(digits))
                : Parsed.failed("\"" + text + "\" is not an even number of hexadecimal digits");
    }
}
