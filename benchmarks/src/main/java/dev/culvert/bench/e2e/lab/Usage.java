package dev.culvert.bench.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What processes and the machine have used, from /proc. */
public final class Usage {
    /** USER_HZ, which is 100 on every Linux that the JDK supports. */
    private static final double TICKS_PER_SECOND = 100;

    private Usage() {}

    /** Seconds of CPU of these processes, in user space and in the kernel on their behalf. */
    public static double cpuSeconds(List<Long> pids) {
        double ticks = 0;
        for (long pid : pids) {
            String stat = read("/proc/" + pid + "/stat");
            // The name in parentheses may hold blanks; utime and stime are fields 14 and 15.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    /**
     * What the machine's processors have done so far, all together, in seconds.
     *
     * @param busy with anything that runs here
     * @param idle without anything to do
     * @param stolen given to others by the host of this virtual machine, while there was work here
     */
    public record Processors(double busy, double idle, double stolen) {
        /** Of the time since then, the share that the host took, 0 to 1. */
        public double stolenShareSince(Processors before) {
            double all = busy + idle + stolen - before.busy - before.idle - before.stolen;
            return all <= 0 ? 0 : (stolen - before.stolen) / all;
        }
    }

    /** Reads what they have done. */
    public static Processors processors() {
        String[] fields = read("/proc/stat").lines().findFirst().orElse("").split(" +", -1);
        double[] seconds = new double[9];
        for (int i = 1; i < seconds.length; i++) {
            seconds[i] = Long.parseLong(fields[i]) / TICKS_PER_SECOND;
        }
        // user, nice, system, idle, iowait, irq, softirq, steal
        return new Processors(
                seconds[1] + seconds[2] + seconds[3] + seconds[6] + seconds[7],
                seconds[4] + seconds[5],
                seconds[8]);
    }

    /** Resident memory of these processes in MB (10^6 bytes). */
    public static double residentMegabytes(List<Long> pids) {
        double kibibytes = 0;
        for (long pid : pids) {
            kibibytes +=
                    read("/proc/" + pid + "/status")
                            .lines()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum();
        }
        return kibibytes * 1024 / 1e6;
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new BenchException("cannot read " + file + ": the process has ended");
        }
    }
}
