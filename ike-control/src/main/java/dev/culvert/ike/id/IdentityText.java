package dev.culvert.ike.id;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.Parsed;
import java.util.Locale;

/** Text form and comparison of identities. */
final class IdentityText {
    private IdentityText() {}

    /** Not empty, and no byte that could confuse a terminal or a log. */
    static boolean isPrintable(Bytes data) {
        for (int i = 0; i < data.lengthBytes(); i++) {
            if (data.at(i) <= 0x20 || data.at(i) >= 0x7f) {
                return false;
            }
        }
        return !data.isEmpty();
    }

    static String of(Identity identity) {
        return switch (identity) {
            case Identity.Any _ -> "%any";
            case Identity.Ip(var address) ->
                    // Alone, the unspecified address would read as "any".
                    (address.previous().isEmpty() ? "ipv" + address.version() + ":" : "") + address;
            case Identity.Fqdn(String name) -> withPrefixIfNeeded("fqdn:", name, identity);
            case Identity.Rfc822(String address) -> withPrefixIfNeeded("email:", address, identity);
            case Identity.Dn(Bytes der) -> "asn1dn:#" + der.toHex();
            case Identity.KeyId(Bytes value) -> "keyid:#" + value.toHex();
            case Identity.Unknown(int type, Bytes data) -> "{" + type + "}:#" + data.toHex();
        };
    }

    static boolean matches(Identity identity, Identity pattern) {
        return switch (pattern) {
            case Identity.Any _ -> true;
            case Identity.Fqdn(String wanted) ->
                    identity instanceof Identity.Fqdn(String name)
                            && matchesName(name, wanted, "*.");
            case Identity.Rfc822(String wanted) ->
                    identity instanceof Identity.Rfc822(String address)
                            && matchesName(address, wanted, "*@");
            case Identity.Ip _, Identity.Dn _, Identity.KeyId _, Identity.Unknown _ ->
                    identity.equals(pattern);
        };
    }

    private static boolean matchesName(String name, String wanted, String wildcard) {
        if (!wanted.startsWith(wildcard)) {
            return name.equalsIgnoreCase(wanted);
        }
        String tail = wanted.substring(1);
        // A name must have something in place of the star, and must not be the pattern's own
        // wildcard form.
        return name.length() > tail.length()
                && name.indexOf('*') < 0
                && name.regionMatches(true, name.length() - tail.length(), tail, 0, tail.length());
    }

    /** Names compare without regard to case, so their text is in lower case. */
    private static String withPrefixIfNeeded(String prefix, String name, Identity identity) {
        String lower = name.toLowerCase(Locale.ROOT);
        boolean readsBack =
                IdentityParser.parse(lower) instanceof Parsed.Ok<Identity>(Identity parsed)
                        && parsed.typeValue() == identity.typeValue()
                        && parsed.wireData()
                                .equals(
                                        Bytes.of(
                                                lower.getBytes(
                                                        java.nio.charset.StandardCharsets
                                                                .US_ASCII)));
        return readsBack ? lower : prefix + lower;
    }
}
