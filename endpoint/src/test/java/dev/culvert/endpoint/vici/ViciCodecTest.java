package dev.culvert.endpoint.vici;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ViciCodecTest {
    /** Recorded from swanctl 5.9.8: {@code --initiate --child net --ike gw --timeout 5}. */
    private static final String INITIATE =
            "0008696e69746961746503056368696c6400036e65740303696b6500026777"
                    + "030774696d656f757400043530303003086c6f676c6576656c000131";

    /** The example of the protocol's description: a section with a list and a section in it. */
    private static final ViciSection NESTED =
            ViciSection.of(b ->
                    b.put("key1", "value1")
                            .section(
                                    "section1",
                                    ViciSection.of(s ->
                                            s.section(
                                                            "sub-section",
                                                            ViciSection.of(
                                                                    t -> t.put("key2", "value2")))
                                                    .list("list1", List.of("item1", "item2")))));

    @Test
    void shouldReadRequestWhenSwanctlSentIt() {
        assertThat(decode(INITIATE))
                .isEqualTo(
                        new ViciPacket.CommandRequest(
                                "initiate",
                                ViciSection.of(b ->
                                        b.put("child", "net")
                                                .put("ike", "gw")
                                                .put("timeout", "5000")
                                                .put("loglevel", "1"))));
        assertThat(decode("030b636f6e74726f6c2d6c6f67"))
                .isEqualTo(new ViciPacket.EventRegister("control-log"));
        assertThat(decode("00086c6973742d7361730303696b6500026777"))
                .isEqualTo(
                        new ViciPacket.CommandRequest(
                                "list-sas", ViciSection.of(b -> b.put("ike", "gw"))));
    }

    @Test
    void shouldWriteSameBytesWhenRequestIsSwanctls() {
        assertThat(HexFormat.of().formatHex(ViciEncoder.encode(decode(INITIATE))))
                .isEqualTo(INITIATE);
    }

    @Test
    void shouldWriteDocumentedBytesWhenMessageIsNested() {
        assertThat(ViciEncoder.encode(new ViciPacket.CommandResponse(NESTED)))
                .isEqualTo(
                        HexFormat.of()
                                .parseHex(
                                        "01"
                                                + "03046b6579310006"
                                                + hex("value1")
                                                + "0108"
                                                + hex("section1")
                                                + "010b"
                                                + hex("sub-section")
                                                + "03046b6579320006"
                                                + hex("value2")
                                                + "02"
                                                + "0405"
                                                + hex("list1")
                                                + "050005"
                                                + hex("item1")
                                                + "050005"
                                                + hex("item2")
                                                + "06"
                                                + "02"));
    }

    @Test
    void shouldReadWhatItWroteWhenPacketIsOfAnyKind() {
        for (ViciPacket packet :
                List.of(
                        new ViciPacket.CommandRequest("c", NESTED),
                        new ViciPacket.CommandResponse(NESTED),
                        new ViciPacket.CommandUnknown(),
                        new ViciPacket.EventRegister("e"),
                        new ViciPacket.EventUnregister("e"),
                        new ViciPacket.EventConfirm(),
                        new ViciPacket.EventUnknown(),
                        new ViciPacket.Event("e", NESTED))) {
            assertThat(ViciDecoder.decode(ViciEncoder.encode(packet)))
                    .isEqualTo(new ViciDecoder.Result.Decoded(packet));
        }
    }

    @Test
    void shouldCutTextWhenTooLongForItsLengthField() {
        ViciSection message = ViciSection.of(b -> b.put("n".repeat(300), "v".repeat(70000)));
        assertThat(ViciDecoder.decode(ViciEncoder.encode(new ViciPacket.CommandResponse(message))))
                .isEqualTo(
                        new ViciDecoder.Result.Decoded(
                                new ViciPacket.CommandResponse(
                                        ViciSection.of(
                                                b -> b.put("n".repeat(255), "v".repeat(65535))))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // no type
                "08", // unknown type
                "0003", // name cut
                "0102", // section end without start
                "010108", // section name cut
                "01010161", // section not ended
                "0105000161", // item outside of a list
                "010401610301610000", // key in a list
                "0104016102", // section end in a list
                "01040161", // list not ended
                "01030161ffff", // value cut
                "0500", // bytes after the end
                "0200", // likewise
                "0109" // unknown element
            })
    void shouldRefuseWhenMalformed(String hex) {
        assertThat(ViciDecoder.decode(HexFormat.of().parseHex(hex)))
                .isInstanceOf(ViciDecoder.Result.Malformed.class);
    }

    @Test
    void shouldRefuseWhenSectionsAreTooDeep() {
        byte[] deep = new byte[1 + 3 * 100_000];
        deep[0] = ViciDescriptor.CMD_RESPONSE;
        for (int i = 1; i < deep.length; i += 3) {
            deep[i] = ViciDescriptor.SECTION_START;
            deep[i + 1] = 1;
            deep[i + 2] = 'a';
        }
        assertThat(ViciDecoder.decode(deep)).isInstanceOf(ViciDecoder.Result.Malformed.class);
    }

    @Test
    void shouldRefuseWhenCutAnywhere() {
        byte[] whole = ViciEncoder.encode(new ViciPacket.CommandRequest("name", NESTED));
        for (int length = 0; length < whole.length; length++) {
            ViciDecoder.Result result = ViciDecoder.decode(Arrays.copyOf(whole, length));
            if (result instanceof ViciDecoder.Result.Decoded(ViciPacket packet)) {
                assertThat(ViciEncoder.encode(packet)).hasSize(length);
            }
        }
    }

    @Test
    void shouldNeverThrowWhenBytesAreMutated() {
        Random random = new Random(4711);
        byte[] whole = ViciEncoder.encode(new ViciPacket.Event("name", NESTED));
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = Arrays.copyOf(whole, random.nextInt(whole.length + 10));
            for (int j = random.nextInt(4); j >= 0 && bytes.length > 0; j--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            if (ViciDecoder.decode(bytes) instanceof ViciDecoder.Result.Malformed malformed) {
                assertThat(malformed.reason()).isNotEmpty();
            }
        }
    }

    private static ViciPacket decode(String hex) {
        return switch (ViciDecoder.decode(HexFormat.of().parseHex(hex))) {
            case ViciDecoder.Result.Decoded(ViciPacket packet) -> packet;
            case ViciDecoder.Result.Malformed(String reason) -> throw new AssertionError(reason);
        };
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
