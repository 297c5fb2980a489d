package dev.culvert.endpoint.real.net;

import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Scapy's ESP, a second implementation. */
public final class Scapy {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Scapy() {}

    /** Opens the packets of an SA in a capture; prints their inner addresses. */
    public static CommandResult open(Lab lab, EspKey key, boolean esn, Capture capture) {
        return run(
                lab,
                "open",
                "%08x".formatted(key.spi()),
                key.keyHex(),
                esn ? "1" : "0",
                capture.file().toString());
    }

    /**
     * An ESP packet, from its SPI on, with a UDP datagram to port 9 inside.
     *
     * @param sequence all 64 bits of the sequence number
     */
    public static byte[] seal(
            Lab lab, EspKey key, boolean esn, long sequence, String source, String destination) {
        CommandResult result =
                run(
                        lab,
                        "seal",
                        "%08x".formatted(key.spi()),
                        key.keyHex(),
                        esn ? "1" : "0",
                        Long.toString(sequence),
                        source,
                        destination);
        return HexFormat.of().parseHex(result.orThrow().stdout().strip());
    }

    /** Sends ESP packets from one site's address to the other, at port 4500. */
    public static void send(Lab lab, Site from, Site to, List<byte[]> packets) {
        String lines =
                packets.stream()
                        .map(packet ->
                                "%s 4500 %s 4500 %s\n"
                                        .formatted(
                                                from.address(),
                                                to.address(),
                                                HexFormat.of().formatHex(packet)))
                        .collect(Collectors.joining());
        lab.inject(LIMIT, lines, "raw");
    }

    private static CommandResult run(Lab lab, String... words) {
        List<String> command = new java.util.ArrayList<>();
        command.addAll(List.of("/usr/bin/python3", lab.script("esp.py")));
        command.addAll(List.of(words));
        return Commands.run(LIMIT, command, Optional.empty());
    }
}
