package dev.culvert.endpoint.control;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.config.SharedSecret;
import dev.culvert.ike.config.VirtualIps;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.ts.TrafficSelector;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Lets two engines negotiate with each other in memory. A virtual machine that has just started
 * loads and checks each class when it is first used, which would make the first negotiation with a
 * peer slower than all others, by up to a second on a small machine; afterwards all of that is
 * done. Nothing of it leaves the process, and all keys are wiped.
 */
public final class WarmUp {
    private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");
    private static final String NAME = "warm-up";
    private static final int MAX_STEPS = 100;

    private final IkeEngine one;
    private final IkeEngine other;
    private final Deque<Step> steps = new ArrayDeque<>();
    private int childrenUp;

    private record Step(boolean forOne, EngineInput input) {}

    private WarmUp(Function<EngineSettings, IkeEngine> engines) {
        one = engines.apply(EngineSettings.defaults());
        other = engines.apply(EngineSettings.defaults());
    }

    /**
     * Negotiates once.
     *
     * @param engines makes an engine
     * @param nowNs any time
     * @return whether both sides came to a child SA
     */
    public static boolean run(Function<EngineSettings, IkeEngine> engines, long nowNs) {
        WarmUp warmUp = new WarmUp(engines);
        warmUp.negotiate(nowNs);
        return warmUp.childrenUp == 2;
    }

    private void negotiate(long nowNs) {
        steps.add(new Step(true, new EngineInput.Command.Configure(config(ONE, OTHER))));
        steps.add(new Step(false, new EngineInput.Command.Configure(config(OTHER, ONE))));
        steps.add(
                new Step(
                        true,
                        new EngineInput.Command.Initiate(1, Optional.of(NAME), Optional.empty())));
        for (int i = 0; i < MAX_STEPS && !steps.isEmpty(); i++) {
            Step step = steps.poll();
            (step.forOne() ? one : other)
                    .handle(step.input(), nowNs, output -> carryOut(step.forOne(), output));
        }
    }

    private void carryOut(boolean fromOne, EngineOutput output) {
        switch (output) {
            case EngineOutput.Transmit transmit ->
                    steps.add(
                            new Step(
                                    !fromOne,
                                    new EngineInput.Datagram(
                                            transmit.remote(),
                                            transmit.local(),
                                            transmit.message())));
            case EngineOutput.StartCrypto(long jobId, var job) ->
                    steps.add(new Step(fromOne, new EngineInput.CryptoDone(jobId, job.run())));
            case EngineOutput.InstallInbound install -> {
                install.encryptionKey().destroy();
                install.integrityKey().destroy();
            }
            case EngineOutput.InstallOutbound install -> {
                install.encryptionKey().destroy();
                install.integrityKey().destroy();
            }
            case EngineOutput.Notify(EngineEvent.ChildUp _) -> {
                childrenUp++;
                if (childrenUp == 2) {
                    steps.add(new Step(true, new EngineInput.Command.Shutdown(2)));
                }
            }
            case EngineOutput.Notify _,
                    EngineOutput.Keepalive _,
                    EngineOutput.RemoveOutbound _,
                    EngineOutput.RemoveSa _,
                    EngineOutput.InstallTrap _,
                    EngineOutput.Configure _,
                    EngineOutput.Unconfigure _,
                    EngineOutput.UpdatePath _,
                    EngineOutput.ResolveName _,
                    EngineOutput.ResolveSource _,
                    EngineOutput.CommandDone _ -> {}
        }
    }

    private static EngineConfig config(InetAddress local, InetAddress remote) {
        ConnectionConfig connection =
                new ConnectionConfig(
                        NAME,
                        List.of(new AddressSpec.Single(local)),
                        List.of(new AddressSpec.Single(remote)),
                        500,
                        500,
                        ProposalParser.parseIkeList("aes128gcm16-prfsha256-x25519").orThrow(),
                        Optional.empty(),
                        new Identity.Any(),
                        true,
                        0,
                        Lifetime.UNLIMITED,
                        Lifetime.UNLIMITED,
                        1,
                        ConnectionConfig.Unique.NO,
                        0,
                        ConnectionConfig.Fragmentation.YES,
                        ConnectionConfig.Childless.ALLOW,
                        List.of(child()),
                        VirtualIps.NONE,
                        true);
        return new EngineConfig(
                List.of(connection),
                List.of(
                        new SharedSecret(
                                NAME,
                                List.of(),
                                SecretBytes.copyOf(NAME.getBytes(StandardCharsets.US_ASCII)))));
    }

    private static ChildConfig child() {
        SelectorSpec everything = new SelectorSpec.Fixed(TrafficSelector.all(4));
        return new ChildConfig(
                NAME,
                ProposalParser.parseEspList("aes128gcm16").orThrow(),
                List.of(everything),
                List.of(everything),
                ChildConfig.Mode.TUNNEL,
                Set.of(),
                Set.of(),
                ChildConfig.DpdAction.CLEAR,
                Lifetime.UNLIMITED,
                Lifetime.UNLIMITED,
                Lifetime.UNLIMITED,
                0,
                0,
                0,
                0,
                0,
                true,
                true,
                ChildConfig.CopyDscp.OUT);
    }
}
