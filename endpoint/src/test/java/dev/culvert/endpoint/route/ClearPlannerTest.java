package dev.culvert.endpoint.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.endpoint.Selectors;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.IpPrefix;
import dev.culvert.tun.PortRange;
import dev.culvert.tun.Rule;
import dev.culvert.tun.RuleAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClearPlannerTest {
    private static final int TABLE = 220;
    private static final int PRIORITY = 220;
    private static final int BEHIND = 221;

    private final ClearPlanner planner = new ClearPlanner(TABLE, PRIORITY);

    @Test
    void shouldJumpOverTunnelWhenPolicyPasses() throws Exception {
        List<Rule> rules = planner.plan(List.of(pass(200_000, "0.0.0.0/0", "192.168.1.0/24")));

        assertThat(rules)
                .containsExactly(
                        Rule.builder(AddressFamily.IPV4, PRIORITY - 2, BEHIND)
                                .action(RuleAction.GOTO)
                                .to(IpPrefix.parse("192.168.1.0/24"))
                                .build());
    }

    @Test
    void shouldMatchProtocolAndPortsWhenPassPolicyHasThem() throws Exception {
        List<Rule> rules =
                planner.plan(List.of(pass(200_000, "10.0.0.0/8[tcp]", "0.0.0.0/0[tcp/22]")));

        assertThat(rules)
                .containsExactly(
                        Rule.builder(AddressFamily.IPV4, PRIORITY - 2, BEHIND)
                                .action(RuleAction.GOTO)
                                .from(IpPrefix.parse("10.0.0.0/8"))
                                .ipProtocol(6)
                                .destinationPorts(PortRange.single(22))
                                .build());
    }

    @Test
    void shouldPutProtectedPolicyInFrontWhenItsPriorityIsBetterAndItOverlaps() throws Exception {
        List<Rule> rules =
                planner.plan(
                        List.of(
                                pass(200_000, "0.0.0.0/0", "10.0.0.0/8"),
                                protect(100, "0.0.0.0/0", "10.1.0.0/16"),
                                protect(100, "0.0.0.0/0", "172.16.0.0/12")));

        assertThat(rules)
                .containsExactly(
                        Rule.builder(AddressFamily.IPV4, PRIORITY - 3, TABLE)
                                .to(IpPrefix.parse("10.1.0.0/16"))
                                .build(),
                        Rule.builder(AddressFamily.IPV4, PRIORITY - 2, BEHIND)
                                .action(RuleAction.GOTO)
                                .to(IpPrefix.parse("10.0.0.0/8"))
                                .build());
    }

    @Test
    void shouldNeedNoRuleWhenNothingPasses() throws Exception {
        assertThat(planner.plan(List.of(protect(400_000, "0.0.0.0/0", "0.0.0.0/0")))).isEmpty();
    }

    @Test
    void shouldLeaveOutWhatARuleCannotSayRatherThanPassTooMuch() throws Exception {
        assertThat(planner.plan(List.of(pass(200_000, "0.0.0.0/0[icmp/2048]", "0.0.0.0/0"))))
                .isEmpty();
        assertThat(planner.plan(List.of(pass(200_000, "0.0.0.0/0[tcp]", "0.0.0.0/0[udp]"))))
                .isEmpty();
    }

    @Test
    void shouldProtectTooMuchRatherThanTooLittleWhenARuleCannotSayIt() throws Exception {
        List<Rule> rules =
                planner.plan(
                        List.of(
                                protect(100, "0.0.0.0/0[icmp/2048]", "10.1.0.0/16"),
                                pass(200_000, "0.0.0.0/0", "10.0.0.0/8")));

        assertThat(rules.getFirst())
                .isEqualTo(
                        Rule.builder(AddressFamily.IPV4, PRIORITY - 3, TABLE)
                                .to(IpPrefix.parse("10.1.0.0/16"))
                                .build());
    }

    @Test
    void shouldPlanEachFamilyOnItsOwn() throws Exception {
        ClearPolicy both =
                new ClearPolicy(
                        "c/p",
                        true,
                        200_000,
                        Selectors.of("0.0.0.0/0", "::/0"),
                        Selectors.of("10.0.0.0/8", "2001:db8::/32"));

        List<Rule> rules = planner.plan(List.of(both));

        assertThat(rules)
                .extracting(Rule::family)
                .containsExactly(AddressFamily.IPV4, AddressFamily.IPV6);
        assertThat(rules).extracting(Rule::priority).containsOnly(PRIORITY - 2);
        assertThat(rules.getLast().to()).isEqualTo(Optional.of(IpPrefix.parse("2001:db8::/32")));
    }

    @Test
    void shouldRefuseMoreRulesThanThereIsRoomFor() {
        List<ClearPolicy> policies = new ArrayList<>();
        for (int i = 0; i <= ClearPlanner.MAX_RULES; i++) {
            policies.add(pass(200_000, "0.0.0.0/0", "10.0." + i + ".0/24"));
        }

        assertThatThrownBy(() -> planner.plan(policies))
                .isInstanceOf(ClearPlanner.TooManyRulesException.class)
                .hasMessageContaining("65");
    }

    private static ClearPolicy pass(int priority, String local, String remote) {
        return new ClearPolicy("c/pass", true, priority, Selectors.of(local), Selectors.of(remote));
    }

    private static ClearPolicy protect(int priority, String local, String remote) {
        return new ClearPolicy("c/net", false, priority, Selectors.of(local), Selectors.of(remote));
    }
}
