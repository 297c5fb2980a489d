import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges a soak, run from source: {@code DIRECTORY} holds {@code samples} (one line per sample and side: {@code SIDE
 * EPOCH-SECONDS key=number ...}), {@code roams} (epoch milliseconds, one per line) and {@code traffic} (what
 * SoakTraffic.java printed), and {@code full-queues} ({@code FROM-MILLIS TO-MILLIS DROPPED}: what the kernel threw away at
 * a peer that is not Culvert). Prints a table and a verdict; ends with 1 when the verdict is bad.
 *
 * <p>Flat means: over the second half of the run, the straight line through the samples rises by less than 3 % of the mean (and
 * 2 MiB, or 1 descriptor or thread, are always allowed). A peer that is not Culvert is only judged by its SAs.
 */
final class SoakVerdict {
    private static final double MOST_RISE = 0.03;
    private static final double SLACK_KIB = 2048;
    private static final double SLACK_COUNT = 1;
    /** How long after a change of address a datagram may get lost. */
    private static final long ROAM_MS = 5_000;
    /** How long a datagram is under way at most, before or after it met a full queue. */
    private static final long UNDER_WAY_MS = 1_000;

    /** The side whose program is not Culvert. */
    private static final String FOREIGN = "strongswan";

    private static final List<String> FLAT =
            List.of("resident_kib", "heap_live_kib", "descriptors", "threads");

    private record Sample(long seconds, Map<String, Long> values) {}

    private record FullQueue(long fromMs, long toMs, long dropped) {}

    private final Map<String, List<Sample>> samples = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();

    private SoakVerdict() {}

    public static void main(String[] args) throws IOException {
        SoakVerdict verdict = new SoakVerdict();
        Path directory = Path.of(args[0]);
        verdict.read(directory.resolve("samples"));
        verdict.samples.forEach(verdict::judgeSide);
        verdict.judgeTraffic(directory);
        verdict.faults.forEach(fault -> System.out.println("FAULT: " + fault));
        System.out.println(verdict.faults.isEmpty() ? "verdict: GOOD" : "verdict: BAD");
        System.exit(verdict.faults.isEmpty() ? 0 : 1);
    }

    private void read(Path file) throws IOException {
        for (String line : Files.readAllLines(file)) {
            String[] words = line.split(" ");
            Map<String, Long> values = new TreeMap<>();
            for (int i = 2; i < words.length; i++) {
                String[] pair = words[i].split("=");
                values.put(pair[0], Long.valueOf(pair[1]));
            }
            samples.computeIfAbsent(words[0], side -> new ArrayList<>())
                    .add(new Sample(Long.parseLong(words[1]), values));
        }
    }

    private void judgeSide(String side, List<Sample> all) {
        List<Sample> half = all.subList(all.size() / 2, all.size());
        System.out.printf("%s, %d samples%n", side, all.size());
        System.out.printf(
                "  %-14s %10s %10s %10s %10s %14s%n",
                "", "first", "half-way", "last", "most", "rise, 2nd half");
        for (String key : FLAT) {
            if (!all.getFirst().values().containsKey(key)) {
                continue;
            }
            double rise = rise(half, key);
            double mean = half.stream().mapToLong(s -> s.values().getOrDefault(key, 0L)).average().orElse(0);
            double allowed = Math.max(MOST_RISE * mean, key.endsWith("_kib") ? SLACK_KIB : SLACK_COUNT);
            boolean flat = rise <= allowed || side.equals(FOREIGN);
            print(key, all, half, "%+.1f%s".formatted(rise, flat ? "" : "  NOT FLAT"));
            if (!flat) {
                faults.add("%s of %s rises by %.1f, allowed are %.1f".formatted(key, side, rise, allowed));
            }
        }
        for (String key : List.of("ike_sas", "child_sas")) {
            print(key, all, half, "");
        }
        Map<String, Long> last = all.getLast().values();
        Map<String, Long> drops = new TreeMap<>();
        last.forEach((key, value) -> {
            if (key.startsWith("drop.") && value > 0) {
                drops.put(key.substring("drop.".length()), value);
            }
        });
        System.out.println("  rekeyings: " + last.getOrDefault("ike_rekeyings", 0L) + " of IKE SAs, "
                + last.getOrDefault("child_rekeyings", 0L) + " of child SAs");
        if (!side.equals(FOREIGN)) {
            System.out.println("  drops by reason: " + (drops.isEmpty() ? "none" : drops));
        }
        if (drops.containsKey("internal_fault")) {
            faults.add("a fault in the program at " + side);
        }
        if (last.getOrDefault("ike_sas", 0L) != 1 || last.getOrDefault("child_sas", 0L) < 1) {
            faults.add(side + " ends with " + last);
        }
    }

    private static void print(String key, List<Sample> all, List<Sample> half, String rise) {
        System.out.printf(
                "  %-14s %10d %10d %10d %10d %14s%n",
                key,
                all.getFirst().values().getOrDefault(key, 0L),
                half.getFirst().values().getOrDefault(key, 0L),
                all.getLast().values().getOrDefault(key, 0L),
                all.stream().mapToLong(s -> s.values().getOrDefault(key, 0L)).max().orElse(0),
                rise);
    }

    /** What the least-squares line gains from the first to the last sample. */
    private static double rise(List<Sample> part, String key) {
        double meanX = part.stream().mapToLong(Sample::seconds).average().orElse(0);
        double meanY = part.stream().mapToLong(s -> s.values().getOrDefault(key, 0L)).average().orElse(0);
        double xx = 0;
        double xy = 0;
        for (Sample sample : part) {
            double x = sample.seconds() - meanX;
            xx += x * x;
            xy += x * (sample.values().getOrDefault(key, 0L) - meanY);
        }
        return xx == 0 ? 0 : xy / xx * (part.getLast().seconds() - part.getFirst().seconds());
    }

    private void judgeTraffic(Path directory) throws IOException {
        List<Long> roams = Files.readAllLines(directory.resolve("roams")).stream().map(Long::valueOf).toList();
        List<Long> lostAtRest = new ArrayList<>();
        long lost = 0;
        boolean tcp = false;
        boolean udp = false;
        for (String line : Files.readAllLines(directory.resolve("traffic"))) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "tcp" -> {
                    tcp = true;
                    System.out.printf("TCP: %s connections, %s lost, %s bytes there and back%n", words[1], words[2], words[3]);
                    if (!words[2].equals("0")) {
                        faults.add(words[2] + " TCP connections lost");
                    }
                }
                case "udp" -> {
                    udp = true;
                    System.out.printf("UDP: %s datagrams, %s came back%n", words[1], words[2]);
                }
                case "lost" -> {
                    lost++;
                    long at = Long.parseLong(words[1]);
                    if (roams.stream().noneMatch(roam -> at >= roam - 1000 && at < roam + ROAM_MS)) {
                        lostAtRest.add(at);
                    }
                }
                default -> {}
            }
        }
        System.out.printf(
                "address changes: %d; datagrams lost around them: %d, at other times: %d%n",
                roams.size(), lost - lostAtRest.size(), lostAtRest.size());
        if (!tcp || !udp) {
            faults.add("the traffic did not end well");
        }
        forgiveFullQueues(directory, lostAtRest);
        if (!lostAtRest.isEmpty()) {
            faults.add(lostAtRest.size() + " datagrams lost with nothing to explain them, at " + lostAtRest);
        }
    }

    /** Takes out what the kernel counted in the peer's full queues: at that time, and no more than it counted. */
    private static void forgiveFullQueues(Path directory, List<Long> lostMs) throws IOException {
        long dropped = 0;
        long forgiven = 0;
        for (String line : Files.readAllLines(directory.resolve("full-queues"))) {
            String[] words = line.split(" ");
            FullQueue full =
                    new FullQueue(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
            dropped += full.dropped();
            List<Long> explained = lostMs.stream()
                    .filter(at -> at >= full.fromMs() - UNDER_WAY_MS && at <= full.toMs())
                    .limit(full.dropped())
                    .toList();
            forgiven += explained.size();
            explained.forEach(lostMs::remove);
        }
        if (dropped > 0) {
            System.out.printf("full queues at the peer: %d packets, among them %d of these datagrams%n", dropped, forgiven);
        }
    }
}
