package dev.culvert.endpoint.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.IpPrefix;
import dev.culvert.tun.PortRange;
import dev.culvert.tun.Rule;
import dev.culvert.tun.RuleAction;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class TunnelRulesTest {
    @Test
    void shouldAddTheWayIntoTheTunnelLastSoThatOurOwnPacketsAreNeverCaught() {
        TunnelRules rules = new TunnelRules(220, 220, 0xdc, List.of(500, 4500), List.of());

        assertThat(rules.forFamily(AddressFamily.IPV4))
                .containsExactly(
                        nop(500),
                        nop(4500),
                        jump(500).build(),
                        jump(4500).build(),
                        Rule.builder(AddressFamily.IPV4, 220, 220)
                                .inverted()
                                .mark(0xdc, -1)
                                .build());
    }

    @Test
    void shouldJumpOnlyForListenAddressesWhenThereAreSome() {
        TunnelRules rules =
                new TunnelRules(
                        220, 220, 0xdc, List.of(500), List.of(InetAddress.ofLiteral("192.0.2.1")));

        assertThat(rules.forFamily(AddressFamily.IPV4))
                .contains(jump(500).from(IpPrefix.parse("192.0.2.1/32")).build())
                .doesNotContain(jump(500).build());
        assertThat(rules.forFamily(AddressFamily.IPV6))
                .extracting(Rule::action)
                .doesNotContain(RuleAction.GOTO);
    }

    @Test
    void shouldLeadEverythingIntoTheTunnelWhenThereIsNoMark() {
        TunnelRules rules = new TunnelRules(7, 9, 0, List.of(500), List.of());

        assertThat(rules.forFamily(AddressFamily.IPV6).getLast())
                .isEqualTo(Rule.lookup(AddressFamily.IPV6, 9, 7));
    }

    private static Rule nop(int port) {
        return Rule.builder(AddressFamily.IPV4, 221, 0)
                .action(RuleAction.NOP)
                .ipProtocol(17)
                .sourcePorts(PortRange.single(port))
                .build();
    }

    private static Rule.Builder jump(int port) {
        return Rule.builder(AddressFamily.IPV4, 219, 221)
                .action(RuleAction.GOTO)
                .inputInterface("lo")
                .ipProtocol(17)
                .sourcePorts(PortRange.single(port));
    }
}
