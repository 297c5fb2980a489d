package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A line of Wireshark's {@code esp_sa}: {@code
 * "IPv4","source","destination","0xSPI","cipher","0xkey", "authentication","0xkey"}.
 *
 * @param destination outer address of the receiver
 * @param spi of the SA
 * @param keyHex key and salt of the cipher
 */
public record EspKey(String destination, int spi, String keyHex) {

    /** All SAs in the file, oldest first. */
    public static List<EspKey> read(Path keyDirectory) {
        try {
            return Files.readAllLines(keyDirectory.resolve("esp_sa")).stream()
                    .map(line -> Arrays.asList(line.replace("\"", "").split(",", -1)))
                    .map(columns ->
                            new EspKey(
                                    columns.get(2),
                                    Integer.parseUnsignedInt(columns.get(3).substring(2), 16),
                                    columns.get(5).substring(2)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The newest SA towards an address. */
    public static EspKey to(Path keyDirectory, String destination) {
        return read(keyDirectory).stream()
                .filter(key -> key.destination().equals(destination))
                .reduce((older, newer) -> newer)
                .orElseThrow(() -> new AssertionError("no key towards " + destination));
    }

    @Override
    public String toString() {
        return "SA %08x to %s".formatted(spi, destination);
    }
}
