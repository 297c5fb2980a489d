package dev.culvert.endpoint.vici;

import static dev.culvert.endpoint.vici.ViciDescriptor.MOST_NAME_BYTES;
import static dev.culvert.endpoint.vici.ViciDescriptor.MOST_VALUE_BYTES;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes packets. Names and values that are too long for their length fields are cut. */
final class ViciEncoder {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

    private ViciEncoder() {}

    /** A packet's bytes, without the length in front. */
    static byte[] encode(ViciPacket packet) {
        ViciEncoder encoder = new ViciEncoder();
        encoder.packet(packet);
        return encoder.out.toByteArray();
    }

    private void packet(ViciPacket packet) {
        switch (packet) {
            case ViciPacket.CommandRequest(String name, ViciSection message) -> {
                named(ViciDescriptor.CMD_REQUEST, name);
                elements(message);
            }
            case ViciPacket.CommandResponse(ViciSection message) -> {
                out.write(ViciDescriptor.CMD_RESPONSE);
                elements(message);
            }
            case ViciPacket.CommandUnknown() -> out.write(ViciDescriptor.CMD_UNKNOWN);
            case ViciPacket.EventRegister(String name) ->
                    named(ViciDescriptor.EVENT_REGISTER, name);
            case ViciPacket.EventUnregister(String name) ->
                    named(ViciDescriptor.EVENT_UNREGISTER, name);
            case ViciPacket.EventConfirm() -> out.write(ViciDescriptor.EVENT_CONFIRM);
            case ViciPacket.EventUnknown() -> out.write(ViciDescriptor.EVENT_UNKNOWN);
            case ViciPacket.Event(String name, ViciSection message) -> {
                named(ViciDescriptor.EVENT, name);
                elements(message);
            }
        }
    }

    private void elements(ViciSection section) {
        for (ViciSection.Element element : section.elements()) {
            switch (element) {
                case ViciSection.Value(String name, String value) -> {
                    named(ViciDescriptor.KEY_VALUE, name);
                    value(value);
                }
                case ViciSection.Items list -> {
                    named(ViciDescriptor.LIST_START, list.name());
                    for (String item : list.items()) {
                        out.write(ViciDescriptor.LIST_ITEM);
                        value(item);
                    }
                    out.write(ViciDescriptor.LIST_END);
                }
                case ViciSection.Sub(String name, ViciSection content) -> {
                    named(ViciDescriptor.SECTION_START, name);
                    elements(content);
                    out.write(ViciDescriptor.SECTION_END);
                }
            }
        }
    }

    private void named(int type, String name) {
        byte[] bytes = bytes(name, MOST_NAME_BYTES);
        out.write(type);
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    private void value(String value) {
        byte[] bytes = bytes(value, MOST_VALUE_BYTES);
        out.write(bytes.length >>> 8);
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    private static byte[] bytes(String text, int most) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= most ? bytes : Arrays.copyOf(bytes, most);
    }
}
