package dev.culvert.ike.message;

import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.wire.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** Messages that two strongSwan daemons sent each other, and the keys that they logged. */
record Capture(Properties values) {
    static final int MESSAGES = 10;

    static List<String> names() {
        return List.of("strongswan-aes-gcm", "strongswan-aes-cbc", "strongswan-chacha20");
    }

    static Capture load(String name) {
        Properties values = new Properties();
        try (InputStream in =
                Capture.class.getResourceAsStream("/dev/culvert/ike/" + name + ".properties")) {
            values.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Capture(values);
    }

    /** All messages of all captures. */
    static List<byte[]> allMessages() {
        List<byte[]> messages = new ArrayList<>();
        for (String name : names()) {
            Capture capture = load(name);
            for (int i = 1; i <= MESSAGES; i++) {
                messages.add(capture.message(i));
            }
        }
        return messages;
    }

    byte[] message(int number) {
        return Bytes.ofHex(values.getProperty("message" + number)).toArray();
    }

    IkeMessage decoded(int number) {
        return switch (MessageDecoder.decode(message(number))) {
            case DecodeResult.Ok(IkeMessage message) -> message;
            case DecodeResult.HeaderError error -> throw new AssertionError(error);
            case DecodeResult.GrammarError error -> throw new AssertionError(error);
            case DecodeResult.UnknownCritical error -> throw new AssertionError(error);
        };
    }

    /** Empty for keys that are not in the log: an AEAD has no integrity keys. */
    SecretBytes secret(String key) {
        return SecretBytes.takingOver(Bytes.ofHex(values.getProperty(key, "")).toArray());
    }
}
