package dev.culvert.endpoint.control;

import java.util.concurrent.ArrayBlockingQueue;

/**
 * What other threads want the control agent to do. Holds {@link #CAPACITY} commands; when it is
 * full, the caller is told that the daemon is busy.
 */
final class CommandQueue {
    static final int CAPACITY = 1024;

    private final ArrayBlockingQueue<Runnable> commands = new ArrayBlockingQueue<>(CAPACITY);
    private final Runnable wakeUp;

    /**
     * @param wakeUp called on the thread that offers
     */
    CommandQueue(Runnable wakeUp) {
        this.wakeUp = wakeUp;
    }

    /** Returns false when the queue is full. */
    boolean offer(Runnable command) {
        boolean taken = commands.offer(command);
        wakeUp.run();
        return taken;
    }

    /** Runs what waits, for the control agent. */
    int drain(int limit) {
        int count = 0;
        while (count < limit) {
            Runnable command = commands.poll();
            if (command == null) {
                break;
            }
            command.run();
            count++;
        }
        return count;
    }
}
