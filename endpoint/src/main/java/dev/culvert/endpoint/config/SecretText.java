package dev.culvert.endpoint.config;

import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;

/** Pre-shared keys as written: text, {@code 0x} and hexadecimal, {@code 0s} and Base64. */
final class SecretText {
    private SecretText() {}

    /** Reads a key; the problem says nothing of the text. */
    static Parsed<SecretBytes> parse(String text) {
        if (text.startsWith("0x")) {
            String digits = text.substring(2).replace(":", "").replace("_", "");
            if (!digits.matches("([0-9a-fA-F]{2})+")) {
                return Parsed.failed("expected an even number of hexadecimal digits after \"0x\"");
            }
            return Parsed.ok(SecretBytes.takingOver(HexFormat.of().parseHex(digits)));
        }
        if (text.startsWith("0s")) {
            String body = text.substring(2);
            String unpadded = body.replaceAll("=+$", "");
            if (!unpadded.matches("[A-Za-z0-9+/]+")
                    || unpadded.length() % 4 == 1
                    || body.length() - unpadded.length() > 2) {
                return Parsed.failed("expected Base64 after \"0s\"");
            }
            return Parsed.ok(SecretBytes.takingOver(Base64.getDecoder().decode(unpadded)));
        }
        return Parsed.ok(SecretBytes.takingOver(text.getBytes(StandardCharsets.UTF_8)));
    }
}
