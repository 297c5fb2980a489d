package dev.culvert.esp.testing;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
import dev.culvert.esp.DataplaneCommand.InstallOutboundSa;
import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.TunnelOptions;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Install commands with defaults that a test changes where it matters. Left and right are 192.0.2.1
 * / 2001:db8::1 and 192.0.2.2 / 2001:db8::2; behind them are 10.1.0.0/16, fd01::/16 and
 * 10.2.0.0/16, fd02::/16.
 */
public final class Sas {

    public static final String LEFT = "192.0.2.1";
    public static final String RIGHT = "192.0.2.2";
    public static final String LEFT6 = "2001:db8::1";
    public static final String RIGHT6 = "2001:db8::2";
    public static final int SPI = 0x1000_0001;

    public long childId = 1;
    public int spi = SPI;
    public EspSuite suite = EspSuite.aead(Encryption.AES_GCM_16_256);
    public byte[] keyMaterial = Suites.keyMaterial(suite, 1);
    public boolean esn;
    public long firstSequence = 1;
    public int window = 1024;
    public int priority = 1000;
    public boolean outerIpv6;
    public int pathMtuBytes = 1500;
    public boolean allowPeerMove = true;
    public TunnelOptions options = TunnelOptions.DEFAULT;
    public Lifetime lifetime = Lifetime.UNLIMITED;
    public List<Selector> left = selectors("10.1.0.0/16", "fd01::/16");
    public List<Selector> right = selectors("10.2.0.0/16", "fd02::/16");

    public static Sas of(EspSuite suite) {
        final Sas sas = new Sas();
        sas.suite = suite;
        sas.keyMaterial = Suites.keyMaterial(suite, 1);
        return sas;
    }

    public static AgentRig leftRig() {
        return new AgentRig(LEFT, LEFT6);
    }

    public static AgentRig rightRig() {
        return new AgentRig(RIGHT, RIGHT6);
    }

    public static List<Selector> selectors(String... prefixes) {
        final List<Selector> selectors = new ArrayList<>();
        Arrays.stream(prefixes).forEach(prefix -> selectors.add(selector(prefix, 0, 0, 65535)));
        return List.copyOf(selectors);
    }

    public static Selector selector(String prefix, int protocol, int portFrom, int portTo) {
        final String[] parts = prefix.split("/", -1);
        return new Selector(
                AddressRange.ofPrefix(Packets.address(parts[0]), Integer.parseInt(parts[1])),
                protocol,
                portFrom,
                portTo);
    }

    public InetSocketAddress leftAddress() {
        return new InetSocketAddress(Packets.address(outerIpv6 ? LEFT6 : LEFT), 4500);
    }

    public InetSocketAddress rightAddress() {
        return new InetSocketAddress(Packets.address(outerIpv6 ? RIGHT6 : RIGHT), 4500);
    }

    /** The left side seals. */
    public InstallOutboundSa outbound() {
        return new InstallOutboundSa(
                childId,
                spi,
                suite,
                EspKeys.split(suite, keyMaterial),
                esn,
                firstSequence,
                priority,
                new SaSelectors(left, right),
                new SaPath(leftAddress(), rightAddress()),
                pathMtuBytes,
                options,
                lifetime);
    }

    /** The right side opens. */
    public InstallInboundSa inbound() {
        return new InstallInboundSa(
                childId,
                spi,
                suite,
                EspKeys.split(suite, keyMaterial),
                esn,
                window,
                new SaSelectors(right, left),
                new SaPath(rightAddress(), leftAddress()),
                allowPeerMove,
                options,
                lifetime);
    }

    /** The same packets, sealed by Bouncy Castle. */
    public BouncyEsp bouncy() {
        return new BouncyEsp(suite, keyMaterial, spi, esn);
    }

    /** A datagram from left to right. */
    public FakePort.Datagram datagram(byte[] bytes) {
        return datagram(bytes, 0);
    }

    public FakePort.Datagram datagram(byte[] bytes, int tos) {
        return new FakePort.Datagram(leftAddress(), rightAddress(), tos, bytes);
    }

    /** Several of a length of {@code joinedBytes} but for the last, as UDP_GRO joins them. */
    public FakePort.Datagram joined(byte[] bytes, int joinedBytes) {
        return new FakePort.Datagram(leftAddress(), rightAddress(), 0, bytes, joinedBytes);
    }
}
