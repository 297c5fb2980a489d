package dev.culvert.bench.e2e.profile;

import java.util.List;

/**
 * What a processor was doing at one moment.
 *
 * @param pid process
 * @param thread name of the thread
 * @param frames functions, the innermost first
 */
record Stack(long pid, String thread, List<Frame> frames) {
    Stack {
        frames = List.copyOf(frames);
    }

    /**
     * One function.
     *
     * @param file library, kernel or map of compiled code that it belongs to
     */
    record Frame(String function, String file) {
        boolean isKernel() {
            return file.startsWith("[kernel") || file.startsWith("[guest.kernel");
        }
    }

    boolean inKernel() {
        return !frames.isEmpty() && frames.getFirst().isKernel();
    }

    /** Whether a kernel function of that name is among the frames. */
    boolean hasKernel(String... names) {
        return frames.stream()
                .filter(Frame::isKernel)
                .anyMatch(frame -> List.of(names).contains(frame.function()));
    }
}
