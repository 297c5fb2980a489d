package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Compares our messages with those that iproute2 6.x sent, and reads those that Linux 6.18
 * answered, both recorded with strace on x86-64. The sequence and port fields were zeroed.
 */
class NetlinkCodecTest {
    private static final int D0 = 2;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[4096]);
    private final NetlinkWriter writer = new NetlinkWriter(buffer);

    /** A message in a form that does not depend on the order of its attributes. */
    private record Message(int type, int flags, String fixed, Map<Integer, String> attributes) {}

    @Test
    void shouldSetMtuAsIpDoes() {
        // ip link set d0 mtu 1400
        LinkCodec.encodeSetMtu(writer, D0, 1400);

        assertThat(ours(16))
                .isEqualTo(
                        theirs(
                                16,
                                """
                                28000000 10000500 00000000 00000000
                                00000000 02000000 00000000 00000000
                                08000400 78050000\
                                """));
    }

    @Test
    void shouldSetUpAsIpDoes() {
        // ip link set d0 up
        LinkCodec.encodeSetUp(writer, D0, true);

        assertThat(ours(16))
                .isEqualTo(
                        theirs(
                                16,
                                """
                                20000000 10000500 00000000 00000000
                                00000000 02000000 01000000 01000000\
                                """));
    }

    @Test
    void shouldAddIpv4AddressAsIpDoes() {
        // ip addr add 198.51.100.7/32 dev d0
        AddressCodec.encodeAdd(writer, InterfaceAddress.of(D0, ip("198.51.100.7"), 32));

        Message expected =
                theirs(
                        8,
                        """
                        28000000 14000506 00000000 00000000
                        02200000 02000000 08000200 c6336407
                        08000100 c6336407\
                        """);
        expected.attributes().put(NetlinkDescriptor.IFA_FLAGS, "00000000");
        assertThat(ours(8)).isEqualTo(expected);
    }

    @Test
    void shouldAddIpv6AddressWithoutDuplicateDetectionAsIpDoes() {
        // ip addr add 2001:db8::7/64 dev d0 nodad (ip puts the flag into the fixed part)
        AddressCodec.encodeAdd(writer, InterfaceAddress.of(D0, ip("2001:db8::7"), 64));

        Message expected =
                theirs(
                        8,
                        """
                        40000000 14000506 00000000 00000000
                        0a400000 02000000 14000200 20010db8
                        00000000 00000000 00000007 14000100
                        20010db8 00000000 00000000 00000007\
                        """);
        expected.attributes().put(NetlinkDescriptor.IFA_FLAGS, "02000000");
        assertThat(ours(8)).isEqualTo(expected);
    }

    @Test
    void shouldDeleteAddressAsIpDoes() {
        // ip addr del 198.51.100.7/32 dev d0
        AddressCodec.encodeDelete(writer, InterfaceAddress.of(D0, ip("198.51.100.7"), 32));

        assertThat(ours(8))
                .isEqualTo(
                        theirs(
                                8,
                                """
                                28000000 15000500 00000000 00000000
                                02200000 02000000 08000200 c6336407
                                08000100 c6336407\
                                """));
    }

    @Test
    void shouldAddRouteAsIpDoes() {
        // ip route add 10.1.0.0/16 via 192.0.2.1 dev d0 src 192.0.2.2 metric 5 mtu 1400 table 220
        RouteCodec.encodeAdd(writer, tunnelRoute(), false);

        Message expected =
                theirs(
                        12,
                        """
                        50000000 18000506 00000000 00000000
                        02100000 dc040001 00000000 08000100
                        0a010000 08000500 c0000201 08000700
                        c0000202 08000600 05000000 08000400
                        02000000 0c000800 08000200 78050000\
                        """);
        expected.attributes().put(NetlinkDescriptor.RTA_TABLE, "dc000000");
        assertThat(ours(12)).isEqualTo(expected);
    }

    @Test
    void shouldAddThrowRouteAsIpDoes() {
        // ip route add throw 10.2.0.0/16 table 1000 proto static
        RouteCodec.encodeAdd(
                writer,
                Route.of(RouteType.THROW, IpPrefix.parse("10.2.0.0/16")).withTable(1000),
                false);

        assertThat(ours(12))
                .isEqualTo(
                        theirs(
                                12,
                                """
                                2c000000 18000506 00000000 00000000
                                02100000 00040009 00000000 08000100
                                0a020000 08000f00 e8030000\
                                """));
    }

    @Test
    void shouldAddRuleAsIpDoes() {
        // ip rule add pref 100 not from 10.0.0.0/8 to 192.0.2.0/24 fwmark 0x10/0xff iif lo
        //     ipproto udp sport 500 dport 4500-4600 table 220
        RuleCodec.encodeAdd(writer, fullRule());

        Message expected =
                theirs(
                        12,
                        """
                        64000000 20000506 00000000 00000000
                        02180800 dc000001 02000000 08000600
                        64000000 08000200 0a000000 08000100
                        c0000200 08000a00 10000000 08001000
                        ff000000 07000300 6c6f0000 05001600
                        11000000 08001700 f401f401 08001800
                        9411f811\
                        """);
        expected.attributes().put(NetlinkDescriptor.FRA_TABLE, "dc000000");
        expected.attributes().put(NetlinkDescriptor.FRA_PROTOCOL, "04");
        assertThat(ours(12)).isEqualTo(expected);
    }

    @Test
    void shouldAddIpv6RuleAsIpDoes() {
        // ip -6 rule add pref 101 to 2001:db8::/32 lookup 300
        RuleCodec.encodeAdd(
                writer,
                Rule.builder(AddressFamily.IPV6, 101, 300)
                        .to(IpPrefix.parse("2001:db8::/32"))
                        .build());

        Message expected =
                theirs(
                        12,
                        """
                        40000000 20000506 00000000 00000000
                        0a200000 00000001 00000000 08000600
                        65000000 14000100 20010db8 00000000
                        00000000 00000000 08000f00 2c010000\
                        """);
        expected.attributes().put(NetlinkDescriptor.FRA_PROTOCOL, "04");
        assertThat(ours(12)).isEqualTo(expected);
    }

    @Test
    void shouldLookUpRouteAsIpDoes() {
        // ip route get 10.1.2.3 mark 7
        RouteCodec.encodeLookup(writer, RouteQuery.to(ip("10.1.2.3")).withMark(7));

        assertThat(ours(12))
                .isEqualTo(
                        theirs(
                                12,
                                """
                                2c000000 1a000100 00000000 00000000
                                02200000 00000000 00100000 08000100
                                0a010203 08001000 07000000\
                                """));
    }

    @Test
    void shouldReadWhatItWrites() {
        RouteCodec.encodeAdd(writer, tunnelRoute(), false);
        int routeEnd = writer.finish(1);
        assertThat(RouteCodec.decode(buffer, 16, routeEnd)).contains(tunnelRoute());

        RuleCodec.encodeAdd(writer, fullRule());
        int ruleEnd = writer.finish(1);
        assertThat(RuleCodec.decode(buffer, 16, ruleEnd)).contains(fullRule());
    }

    @Test
    void shouldReadKernelsAnswerToRouteLookup() {
        int end =
                load(
                        """
                        84000000 18000000 00000000 00000000
                        02200000 dc000001 00020000 08000f00
                        dc000000 08000100 0a010203 08000400
                        02000000 08000700 c0000202 08000500
                        c0000201 0c000800 08000200 78050000
                        08001000 07000000 08001900 00000000
                        24000c00 02000000 00000000 00000000
                        00000000 00000000 00000000 00000000
                        00000000\
                        """);

        assertThat(RouteCodec.decodeLookup(buffer, 16, end))
                .contains(
                        new ResolvedRoute(
                                RouteType.UNICAST,
                                D0,
                                Optional.of(ip("192.0.2.2")),
                                Optional.of(ip("192.0.2.1")),
                                1400,
                                220));
    }

    @Test
    void shouldReadKernelsDescriptionOfTun() {
        // Shortened to the attributes that are read, and one that is not (txqlen).
        int end =
                load(
                        """
                        4c000000 10000000 00000000 00000000
                        0000feff 02000000 91100000 00000000
                        07000300 64300000 08000d00 f4010000
                        08000400 dc050000 14001200 08000100
                        74756e00 08000200 04000300\
                        """);

        assertThat(LinkCodec.decode(buffer, 16, end))
                .contains(new Link(D0, "d0", 1500, 0x1091, "tun"));
    }

    @Test
    void shouldReadKernelsExplanationWhenItRefuses() {
        int end =
                load(
                        """
                        60000000 02000002 00000000 00000000
                        9bffffff 2c000000 18000506 00000000
                        00000000 02100000 fe030001 00000000
                        08000100 0a090000 08000500 cb007101
                        20000100 4e657874 686f7020 68617320
                        696e7661 6c696420 67617465 77617900\
                        """);

        assertThat(NetlinkErrors.text(buffer, 0x200, 16, end))
                .isEqualTo("Nexthop has invalid gateway");
    }

    @Test
    void shouldStayWithinTheMessageWhateverItHolds() {
        Random random = new Random(7);
        byte[] bytes = new byte[256];
        for (int run = 0; run < 20_000; run++) {
            random.nextBytes(bytes);
            bytes[0] = random.nextBoolean() ? (byte) 2 : (byte) 10;
            int end = random.nextInt(bytes.length + 1);
            // As long as the message and no longer, so that a read behind its end throws.
            UnsafeBuffer message = new UnsafeBuffer(bytes, 0, end);

            Optional<?>[] results = {
                LinkCodec.decode(message, 0, end),
                AddressCodec.decode(message, 0, end),
                RouteCodec.decode(message, 0, end),
                RouteCodec.decodeLookup(message, 0, end),
                RuleCodec.decode(message, 0, end),
                Optional.of(NetlinkErrors.text(message, random.nextInt(), 0, end))
            };
            assertThat(results).hasSize(6);
        }
    }

    private static Route tunnelRoute() {
        return Route.via(IpPrefix.parse("10.1.0.0/16"), D0)
                .withGateway(ip("192.0.2.1"))
                .withPreferredSource(ip("192.0.2.2"))
                .withMetric(5)
                .withMtuBytes(1400)
                .withTable(220);
    }

    private static Rule fullRule() {
        return Rule.builder(AddressFamily.IPV4, 100, 220)
                .inverted()
                .from(IpPrefix.parse("10.0.0.0/8"))
                .to(IpPrefix.parse("192.0.2.0/24"))
                .mark(0x10, 0xff)
                .inputInterface("lo")
                .ipProtocol(17)
                .sourcePorts(PortRange.single(500))
                .destinationPorts(new PortRange(4500, 4600))
                .build();
    }

    private static InetAddress ip(String text) {
        return InetAddress.ofLiteral(text);
    }

    private int load(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
        buffer.putBytes(0, bytes);
        assertThat(buffer.getInt(0)).isEqualTo(bytes.length);
        return bytes.length;
    }

    private Message ours(int fixedLengthBytes) {
        int lengthBytes = writer.finish(0);
        assertThat(buffer.getInt(0)).isEqualTo(lengthBytes);
        return message(fixedLengthBytes, lengthBytes);
    }

    private Message theirs(int fixedLengthBytes, String hex) {
        byte[] ours = new byte[buffer.capacity()];
        buffer.getBytes(0, ours);
        Message message = message(fixedLengthBytes, load(hex));
        buffer.putBytes(0, ours);
        return message;
    }

    private Message message(int fixedLengthBytes, int end) {
        byte[] fixed = new byte[fixedLengthBytes];
        buffer.getBytes(16, fixed);
        Map<Integer, String> attributes = new TreeMap<>();
        AttributeReader reader = new AttributeReader(buffer, 16 + fixedLengthBytes, end);
        while (reader.next()) {
            byte[] value = new byte[reader.dataLengthBytes()];
            buffer.getBytes(reader.dataOffset(), value);
            attributes.put(reader.type(), HexFormat.of().formatHex(value));
        }
        return new Message(
                buffer.getShort(4),
                buffer.getShort(6),
                HexFormat.of().formatHex(fixed),
                attributes);
    }
}
