package dev.culvert.endpoint.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.route.ClearPolicy;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.PolicyAction;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ChildConfig.Action;
import dev.culvert.ike.config.ChildConfig.Mode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyBookTest {
    private static final ChildConfig TRAP =
            Configs.child(
                    "net",
                    Mode.TUNNEL,
                    Set.of(Action.TRAP),
                    Configs.fixed("10.1.0.0/16"),
                    Configs.fixed("10.2.0.0/16"));

    private final RecordingDataplane dataplane = new RecordingDataplane();
    private final FakeHost host = new FakeHost();
    private final PolicyBook book = new PolicyBook(dataplane, host, host);

    @Test
    void shouldTrapAndRouteWhenStartActionIsTrap() {
        book.load(Configs.of(TRAP));

        DataplaneCommand.InstallPolicy policy = onlyPolicy();
        assertThat(policy.action()).isEqualTo(PolicyAction.TRAP);
        assertThat(policy.priority()).isEqualTo(PolicyPriority.PROTECT);
        assertThat(book.childOf(policy.policyId())).contains(new ChildRef("gw", "net"));
        assertThat(host.allRoutes()).containsExactly("10.2.0.0/16");
        assertThat(host.guards.values()).containsExactly(true);
    }

    @Test
    void shouldProtectWithoutAskingForAnSaWhenStartActionIsStart() {
        book.load(Configs.of(withActions(Set.of(Action.START))));

        assertThat(onlyPolicy().action()).isEqualTo(PolicyAction.PROTECT);
        assertThat(host.allRoutes()).containsExactly("10.2.0.0/16");
    }

    @Test
    void shouldTrapWhenStartActionIsBoth() {
        book.load(Configs.of(withActions(Set.of(Action.START, Action.TRAP))));

        assertThat(onlyPolicy().action()).isEqualTo(PolicyAction.TRAP);
    }

    @Test
    void shouldLeaveTrafficAloneWhenThereIsNoStartAction() {
        book.load(Configs.of(withActions(Set.of())));

        assertThat(dataplane.log).isEmpty();
        assertThat(host.allRoutes()).isEmpty();
    }

    @Test
    void shouldRouteIntoTheTunnelToDropWhenModeIsDrop() {
        book.load(
                Configs.of(
                        Configs.child(
                                "no",
                                Mode.DROP,
                                Set.of(),
                                Configs.dynamic(),
                                Configs.fixed("10.9.0.0/16"))));

        assertThat(onlyPolicy().action()).isEqualTo(PolicyAction.DROP);
        assertThat(onlyPolicy().priority()).isEqualTo(PolicyPriority.DROP);
        assertThat(host.allRoutes()).containsExactly("10.9.0.0/16");
    }

    @Test
    void shouldKeepTrafficOutOfTheTunnelWhenModeIsPass() {
        book.load(
                Configs.of(
                        Configs.child(
                                "lan",
                                Mode.PASS,
                                Set.of(),
                                Configs.dynamic(),
                                Configs.fixed("192.168.1.0/24"))));

        assertThat(onlyPolicy().action()).isEqualTo(PolicyAction.PASS);
        assertThat(host.allRoutes()).isEmpty();
        assertThat(host.clearPolicies).hasSize(1);
        ClearPolicy clear = host.clearPolicies.getFirst();
        assertThat(clear.passes()).isTrue();
        assertThat(clear.local()).hasSize(2);
    }

    @Test
    void shouldTakeOuterAddressesForDynamicWhenTheyAreKnown() {
        book.load(
                Configs.of(
                        Configs.child(
                                "host",
                                Mode.TUNNEL,
                                Set.of(Action.TRAP),
                                Configs.dynamic(),
                                Configs.dynamic())));

        assertThat(host.allRoutes()).containsExactly("192.0.2.2/32");
    }

    @Test
    void shouldHaveNoPolicyWhenDynamicIsNotKnown() {
        book.load(
                Configs.to(
                        List.of(new AddressSpec.Any(true, true)),
                        Configs.child(
                                "host",
                                Mode.TUNNEL,
                                Set.of(Action.TRAP),
                                Configs.dynamic(),
                                Configs.dynamic())));

        assertThat(dataplane.log).isEmpty();
    }

    @Test
    void shouldTouchOnlyWhatChangedWhenConfigurationIsLoadedAgain() {
        ChildConfig other =
                Configs.child(
                        "other",
                        Mode.TUNNEL,
                        Set.of(Action.TRAP),
                        Configs.fixed("10.1.0.0/16"),
                        Configs.fixed("10.3.0.0/16"));
        book.load(Configs.of(TRAP, other));
        long otherId =
                dataplane.commands(DataplaneCommand.InstallPolicy.class).getLast().policyId();
        dataplane.log.clear();

        book.load(Configs.of(TRAP));

        assertThat(dataplane.log).containsExactly(new DataplaneCommand.RemovePolicy(otherId));
        assertThat(host.allRoutes()).containsExactly("10.2.0.0/16");
        assertThat(book.childOf(otherId)).isEmpty();
    }

    @Test
    void shouldTurnIntoATrapWhenTheEngineAsksForOne() {
        book.load(Configs.of(withActions(Set.of(Action.START))));
        long policyId = onlyPolicy().policyId();

        book.installTrap(new ChildRef("gw", "net"));

        DataplaneCommand.InstallPolicy policy =
                dataplane.commands(DataplaneCommand.InstallPolicy.class).getLast();
        assertThat(policy.policyId()).isEqualTo(policyId);
        assertThat(policy.action()).isEqualTo(PolicyAction.TRAP);
    }

    private DataplaneCommand.InstallPolicy onlyPolicy() {
        assertThat(dataplane.commands(DataplaneCommand.InstallPolicy.class)).hasSize(1);
        return dataplane.commands(DataplaneCommand.InstallPolicy.class).getFirst();
    }

    private static ChildConfig withActions(Set<Action> actions) {
        return Configs.child(
                "net",
                Mode.TUNNEL,
                actions,
                Configs.fixed("10.1.0.0/16"),
                Configs.fixed("10.2.0.0/16"));
    }
}
