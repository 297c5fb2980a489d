package dev.culvert.endpoint.vici;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads packets from bytes that may be anything. */
final class ViciDecoder {
    private final byte[] bytes;
    private int at;

    /** Why reading stopped; empty while all is well. */
    private String fault = "";

    private ViciDecoder(byte[] bytes) {
        this.bytes = bytes;
    }

    /** What came of it. */
    sealed interface Result {
        /** A packet. */
        record Decoded(ViciPacket packet) implements Result {}

        /**
         * Not a packet.
         *
         * @param reason what is wrong with it, and where
         */
        record Malformed(String reason) implements Result {}
    }

    /**
     * Reads a packet.
     *
     * @param packet without the length in front
     */
    static Result decode(byte[] packet) {
        ViciDecoder decoder = new ViciDecoder(packet);
        Optional<ViciPacket> decoded = decoder.packet();
        if (decoder.fault.isEmpty() && decoder.at < packet.length) {
            decoder.fail("bytes after the packet's end");
        }
        return decoder.fault.isEmpty() && decoded.isPresent()
                ? new Result.Decoded(decoded.get())
                : new Result.Malformed(decoder.fault);
    }

    private Optional<ViciPacket> packet() {
        int type = u8("packet type");
        return switch (type) {
            case ViciDescriptor.CMD_REQUEST ->
                    Optional.of(new ViciPacket.CommandRequest(name(), message()));
            case ViciDescriptor.CMD_RESPONSE ->
                    Optional.of(new ViciPacket.CommandResponse(message()));
            case ViciDescriptor.CMD_UNKNOWN -> Optional.of(new ViciPacket.CommandUnknown());
            case ViciDescriptor.EVENT_REGISTER -> Optional.of(new ViciPacket.EventRegister(name()));
            case ViciDescriptor.EVENT_UNREGISTER ->
                    Optional.of(new ViciPacket.EventUnregister(name()));
            case ViciDescriptor.EVENT_CONFIRM -> Optional.of(new ViciPacket.EventConfirm());
            case ViciDescriptor.EVENT_UNKNOWN -> Optional.of(new ViciPacket.EventUnknown());
            case ViciDescriptor.EVENT -> Optional.of(new ViciPacket.Event(name(), message()));
            default -> {
                fail("unknown packet type " + type);
                yield Optional.empty();
            }
        };
    }

    private ViciSection message() {
        return section(0);
    }

    /** Elements up to the section's end, or, outside of all sections, the packet's. */
    private ViciSection section(int level) {
        if (level > ViciDescriptor.MOST_SECTION_LEVELS) {
            fail("sections nested too deep");
        }
        List<ViciSection.Element> elements = new ArrayList<>();
        while (fault.isEmpty() && (level > 0 || at < bytes.length)) {
            int type = u8("element type");
            switch (type) {
                case ViciDescriptor.SECTION_START -> {
                    String name = name();
                    elements.add(new ViciSection.Sub(name, section(level + 1)));
                }
                case ViciDescriptor.SECTION_END -> {
                    if (level == 0) {
                        fail("end of a section that was not started");
                    }
                    return new ViciSection(elements);
                }
                case ViciDescriptor.KEY_VALUE -> {
                    String name = name();
                    elements.add(new ViciSection.Value(name, value()));
                }
                case ViciDescriptor.LIST_START -> {
                    String name = name();
                    elements.add(new ViciSection.Items(name, items()));
                }
                default -> fail("unexpected element type " + type);
            }
        }
        return new ViciSection(elements);
    }

    private List<String> items() {
        List<String> items = new ArrayList<>();
        while (fault.isEmpty()) {
            int type = u8("element type in a list");
            switch (type) {
                case ViciDescriptor.LIST_ITEM -> items.add(value());
                case ViciDescriptor.LIST_END -> {
                    return items;
                }
                default -> fail("element type " + type + " in a list");
            }
        }
        return items;
    }

    private String name() {
        return text(u8("length of a name"), "name");
    }

    private String value() {
        int high = u8("length of a value");
        return text(high << 8 | u8("length of a value"), "value");
    }

    private String text(int length, String what) {
        if (!fault.isEmpty() || length > bytes.length - at) {
            fail(what + " of " + length + " bytes");
            return "";
        }
        String text = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return text;
    }

    private int u8(String what) {
        if (!fault.isEmpty() || at >= bytes.length) {
            fail(what);
            return -1;
        }
        return bytes[at++] & 0xff;
    }

    private void fail(String what) {
        if (fault.isEmpty()) {
            fault = "at byte " + at + " of " + bytes.length + ": " + what;
        }
    }
}
