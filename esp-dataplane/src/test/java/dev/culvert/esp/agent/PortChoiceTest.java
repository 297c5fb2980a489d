package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.testing.FakePort;
import dev.culvert.esp.testing.Packets;
import dev.culvert.tun.UdpPort;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortChoiceTest {

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(Packets.address(address), port);
    }

    @Test
    void shouldPreferTheExactAddressWhenSeveralPortsCouldSend() {
        final List<UdpPort> ports =
                List.of(
                        new FakePort(at("192.0.2.9", 4500)),
                        new FakePort(at("0.0.0.0", 4500)),
                        new FakePort(at("192.0.2.1", 4500)),
                        new FakePort(at("::", 4500)),
                        new FakePort(at("0.0.0.0", 4501)));
        assertThat(PortChoice.indexOf(ports, at("192.0.2.1", 4500))).hasValue(2);
        assertThat(PortChoice.indexOf(ports, at("192.0.2.2", 4500))).hasValue(1);
        assertThat(PortChoice.indexOf(ports, at("192.0.2.1", 4501))).hasValue(4);
        assertThat(PortChoice.indexOf(ports, at("2001:db8::1", 4500))).hasValue(3);
        assertThat(PortChoice.indexOf(ports, at("2001:db8::1", 4501))).isEmpty();
        assertThat(PortChoice.indexOf(ports.subList(0, 1), at("192.0.2.1", 4500))).hasValue(0);
    }
}
