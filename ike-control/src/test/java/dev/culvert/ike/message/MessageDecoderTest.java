package dev.culvert.ike.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.ProtocolId;
import dev.culvert.ike.wire.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageDecoderTest {
    private static final String SPIS = "00112233445566778899aabbccddeeff";

    @Test
    void shouldReadEveryFieldOfTheHeader() {
        IkeMessage message = ok(SPIS + "00" + "21" + "25" + "38" + "fffffffe" + "0000001c");
        assertThat(message.header())
                .isEqualTo(
                        new IkeHeader(
                                0x0011223344556677L,
                                0x8899aabbccddeeffL,
                                2,
                                1,
                                ExchangeType.INFORMATIONAL.value(),
                                true,
                                true,
                                true,
                                0xfffffffeL));
        assertThat(message.payloads()).isEmpty();
        assertThat(message.header())
                .hasToString(
                        "INFORMATIONAL response 4294967294 [0011223344556677_i 8899aabbccddeeff_r]");
    }

    @Test
    void shouldWriteAndReadEveryPayload() {
        IkeHeader header = IkeHeader.request(1, 0, ExchangeType.IKE_SA_INIT, true, 0);
        IkeMessage message = new IkeMessage(header, SamplePayloads.all());
        assertThat(MessageDecoder.decode(MessageEncoder.encode(message)))
                .isEqualTo(new DecodeResult.Ok(message));
        for (Payload payload : SamplePayloads.all()) {
            IkeMessage single = new IkeMessage(header, List.of(payload));
            assertThat(MessageDecoder.decode(MessageEncoder.encode(single)))
                    .as(payload.name())
                    .isEqualTo(new DecodeResult.Ok(single));
        }
    }

    @Test
    void shouldReadFragments() {
        IkeMessage message = ok(message("35", "23000010" + "0001" + "0003" + "0102030405060708"));
        assertThat(message.payloads())
                .containsExactly(new Payload.Skf(35, 1, 3, Bytes.ofHex("0102030405060708")));
    }

    @ParameterizedTest
    @CsvSource({
        "TOO_SHORT,''",
        "TOO_SHORT,00112233445566778899aabbccddeeff002025000000000000001c",
        "WRONG_LENGTH,00112233445566778899aabbccddeeff00202500000000000000001d",
        "WRONG_LENGTH,00112233445566778899aabbccddeeff00202500000000000000001b",
        "WRONG_LENGTH,00112233445566778899aabbccddeeff002025000000000000000000",
        "WRONG_LENGTH,00112233445566778899aabbccddeeff0020250000000000ffffffff",
        "WRONG_VERSION,00112233445566778899aabbccddeeff00102500000000000000001c",
        "WRONG_VERSION,00112233445566778899aabbccddeeff00302500000000000000001c",
        "ZERO_INITIATOR_SPI,00000000000000008899aabbccddeeff00202500000000000000001c"
    })
    void shouldRefuseBadHeaders(DecodeResult.HeaderError.Kind kind, String hex) {
        DecodeResult.HeaderError error =
                (DecodeResult.HeaderError) MessageDecoder.decode(Bytes.ofHex(hex).toArray());
        assertThat(error.kind()).isEqualTo(kind);
        assertThat(error.header().isPresent())
                .isEqualTo(kind != DecodeResult.HeaderError.Kind.TOO_SHORT);
    }

    @ParameterizedTest
    @CsvSource({
        // Generic header: cut, length below 4, length beyond the end, bytes behind the last
        // payload.
        "28,000000,40,28",
        "28,00000003,40,28",
        "28,0000002000,40,28",
        "28,00000014" + "00112233445566778899aabbccddeeff" + "00,0,48",
        // Nonce of 15 and of 257 bytes' announcement.
        "28,00000013" + "112233445566778899aabbccddeeff,40,28",
        // The second payload is the broken one.
        "28,28000014" + "00112233445566778899aabbccddeeff" + "00000005" + "00,40,48",
        // KE without data, ID and AUTH without their fixed part, CERT without encoding.
        "22,00000008" + "001f0000,34,28",
        "23,00000007" + "020000,35,28",
        "27,00000007" + "020000,39,28",
        "25,00000004,37,28",
        // Notify with an SPI longer than the payload; Delete whose count and size do not fit, or
        // with 0-byte SPIs.
        "29,00000008" + "03044009,41,28",
        "2a,0000000c" + "03040002" + "00000001,42,28",
        "2a,00000008" + "0100ffff,42,28",
        "2a,00000010" + "03080001" + "0102030405060708,42,28",
        "2a,0000000c" + "01040001" + "00000001,42,28",
        // Selectors: fewer than announced, wrong length, end before start, bytes behind.
        "2c,00000018" + "02000000" + "07000010" + "0000ffff" + "0a000000" + "0a0000ff,44,28",
        "2c,00000018" + "01000000" + "08000010" + "0000ffff" + "0a000000" + "0a0000ff,44,28",
        "2c,00000018" + "01000000" + "07000010" + "0000ffff" + "0a0000ff" + "0a000000,44,28",
        "2c,00000018" + "01000000" + "07060010" + "00500010" + "0a000000" + "0a0000ff,44,28",
        "2c,00000019" + "01000000" + "07000010" + "0000ffff" + "0a000000" + "0a0000ff" + "00,44,28",
        // Configuration attribute beyond the end; fragment 0, and fragment 3 of 2.
        "2f,0000000c" + "01000000" + "00010001,47,28",
        "35,00000008" + "00000002,53,28",
        "35,00000008" + "00030002,53,28",
        // SK is the last payload.
        "2e,00000004" + "00000004,46,28"
    })
    void shouldSayWhereTheGrammarBreaks(
            String firstType, String payloads, int payloadValue, int offset) {
        DecodeResult.GrammarError error =
                (DecodeResult.GrammarError)
                        MessageDecoder.decode(Bytes.ofHex(message(firstType, payloads)).toArray());
        assertThat(error.fault().payloadValue())
                .as(error.fault().toString())
                .isEqualTo(payloadValue);
        assertThat(error.fault().offsetBytes()).isEqualTo(offset);
    }

    @ParameterizedTest
    @CsvSource({
        // Cut header; wrong "last" marks; length; SPI longer than the proposal; transform count too
        // high and too low;
        // impossible SPI lengths; cut attribute; bytes behind.
        "00000007010100",
        "01000008010100" + "00",
        "02000008010100" + "00",
        "00000007010100" + "00",
        "0000000901010000",
        "00000008" + "01010800",
        "00000010" + "01010002" + "0000000801000014",
        "00000018" + "01010001" + "0000000801000014" + "0000000801000014",
        "00000010" + "01010001" + "0300000801000014",
        "00000010" + "01010001" + "0100000801000014",
        "00000010" + "01010001" + "0000000701000014",
        "0000000c" + "01010400" + "01020304",
        "00000008" + "01030000",
        "00000012" + "01010001" + "0000000a01000014" + "800e",
        "00000014" + "01010001" + "0000000c01000014" + "000e0005",
        "00000008" + "01010000" + "00"
    })
    void shouldRefuseBadProposals(String body) {
        String payload = "0000%04x".formatted(4 + body.length() / 2) + body;
        DecodeResult.GrammarError error =
                (DecodeResult.GrammarError)
                        MessageDecoder.decode(Bytes.ofHex(message("21", payload)).toArray());
        assertThat(error.fault().payloadValue()).isEqualTo(PayloadType.SA.value());
        assertThat(error.fault().problem()).contains("proposal");
    }

    @Test
    void shouldKeepUnknownPayloadsButStopAtCriticalOnes() {
        IkeMessage message = ok(message("c8", "29000005" + "aa" + "00000008" + "00004000"));
        assertThat(message.payloads())
                .containsExactly(
                        new Payload.Unknown(200, Bytes.ofHex("aa")),
                        Payload.Notify.of(NotifyType.INITIAL_CONTACT));
        assertThat(
                        MessageDecoder.decode(
                                Bytes.ofHex(
                                                message(
                                                        "c8",
                                                        "29800005"
                                                                + "aa"
                                                                + "00000008"
                                                                + "00004000"))
                                        .toArray()))
                .isInstanceOfSatisfying(
                        DecodeResult.UnknownCritical.class,
                        critical -> assertThat(critical.payloadValue()).isEqualTo(200));
        // The bit means nothing on payloads that are known (RFC 7296, 3.2).
        assertThat(ok(message("29", "00800008" + "00004000")).payloads())
                .containsExactly(Payload.Notify.of(NotifyType.INITIAL_CONTACT));
    }

    @Test
    void shouldIgnoreReservedBits() {
        String selectors = "01ffffff" + "07000010" + "0000ffff" + "0a000000" + "0a0000ff";
        IkeMessage clean = ok(message("2c", "00000018" + "01000000" + selectors.substring(8)));
        assertThat(ok(message("2c", "007f0018" + selectors)).payloads())
                .isEqualTo(clean.payloads());
    }

    @Test
    void shouldLeaveOutSelectorsOfUnknownTypes() {
        IkeMessage message =
                ok(
                        message(
                                "2c",
                                "00000020"
                                        + "02000000"
                                        + "09000008"
                                        + "01020304"
                                        + "07000010"
                                        + "0000ffff"
                                        + "0a000000"
                                        + "0a0000ff"));
        assertThat(((Payload.TsI) message.payloads().getFirst()).selectors())
                .hasToString("[10.0.0.0/24]");
    }

    @Test
    void shouldNameUnknownNotifications() {
        Payload.Notify unknown =
                new Payload.Notify(ProtocolId.NONE, Bytes.EMPTY, 8192, Bytes.EMPTY);
        assertThat(unknown.name()).isEqualTo("N(error 8192)");
        assertThat(unknown.isError()).isTrue();
        assertThat(unknown.type()).isEmpty();
        assertThat(new Payload.Notify(ProtocolId.NONE, Bytes.EMPTY, 40960, Bytes.EMPTY).name())
                .isEqualTo("N(status 40960)");
        assertThat(Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN).name())
                .isEqualTo("N(NO_PROPOSAL_CHOSEN)");
    }

    @Test
    void shouldRefuseToWriteWhatDoesNotFit() {
        IkeHeader header = IkeHeader.request(1, 0, ExchangeType.IKE_SA_INIT, true, 0);
        Payload huge = new Payload.VendorId(Bytes.of(new byte[65_532]));
        assertThatThrownBy(() -> MessageEncoder.encode(new IkeMessage(header, List.of(huge))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65536 bytes");
        assertThatThrownBy(() ->
                        MessageEncoder.encode(
                                new IkeMessage(
                                        header, List.of(new Payload.IdI(new Identity.Any())))))
                .isInstanceOf(IllegalArgumentException.class);
        Payload sk = new Payload.Sk(0, Bytes.EMPTY);
        assertThatThrownBy(() -> MessageEncoder.encode(new IkeMessage(header, List.of(sk, sk))))
                .hasMessageContaining("last payload");
    }

    private static IkeMessage ok(String hex) {
        return ((DecodeResult.Ok) MessageDecoder.decode(Bytes.ofHex(hex).toArray())).message();
    }

    private static String message(String firstType, String payloads) {
        return SPIS
                + firstType
                + "202208"
                + "00000000"
                + "%08x".formatted(28 + payloads.length() / 2)
                + payloads;
    }
}
