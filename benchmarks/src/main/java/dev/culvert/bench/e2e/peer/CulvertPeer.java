package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.Commands;
import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Culvert: AES-128-GCM, ESN, anti-replay.
 *
 * @param engine value of {@code culvert.engine}
 * @param settings further lines for section {@code culvert}
 */
public record CulvertPeer(String name, String engine, List<String> settings) implements Peer {
    /** Copies the list. */
    public CulvertPeer {
        settings = List.copyOf(settings);
    }

    @Override
    public String description() {
        String extra = settings.isEmpty() ? "" : ", " + String.join(" ", settings);
        return "Culvert, engine " + engine + ", AES-128-GCM, ESN, anti-replay" + extra;
    }

    @Override
    public Optional<String> missing() {
        boolean library =
                Commands.run("ldconfig", "-p").lines().anyMatch(l -> l.contains("libIPSec_MB.so"));
        return engine.equals("native") && !library
                ? Optional.of("libipsec-mb: apt-get install libipsec-mb1")
                : Optional.empty();
    }

    @Override
    public String version() {
        return Java.commit() + ", " + Java.version();
    }

    @Override
    public boolean isRival() {
        return false;
    }

    @Override
    public List<Task> start(Network network) {
        List<Task> tasks = new ArrayList<>();
        for (Host host : network.hosts()) {
            String file = host.directory().resolve("culvert.conf").toString();
            Files.write(host, "culvert.conf", configuration(host.side()));
            tasks.add(
                    host.start(
                            "culvert",
                            Map.of("CULVERT_JAVA_OPTS", javaOptions()),
                            List.of(
                                    Java.distribution().toString(),
                                    "run",
                                    "-c",
                                    file,
                                    "--run-dir",
                                    host.directory().toString())));
        }
        return tasks;
    }

    /** The user's, and what perf needs to see the callers of a function. */
    private static String javaOptions() {
        String options = System.getenv().getOrDefault("CULVERT_JAVA_OPTS", "");
        return (options + " -XX:+PreserveFramePointer").strip();
    }

    private String configuration(Side side) {
        return """
        connections {
            bench {
                version = 2
                local_addrs = %s
                remote_addrs = %s
                local {
                    auth = psk
                }
                remote {
                    auth = psk
                }
                children {
                    net {
                        local_ts = %s
                        remote_ts = %s
                        esp_proposals = aes128gcm16-esn
                        replay_window = 1024
                        start_action = %s
                    }
                }
            }
        }
        secrets {
            ike-bench {
                secret = "the bench's secret is no secret"
            }
        }
        culvert {
            engine = %s
            %s
        }
        """
                .formatted(
                        side.outer(),
                        side.other().outer(),
                        side.innerNetwork(),
                        side.other().innerNetwork(),
                        side == Side.LEFT ? "start" : "none",
                        engine,
                        String.join("\n    ", settings));
    }
}
