// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ExternalInputTest {
  private final VirtualClock clock = new VirtualClock();
  private final ExternalInput external = new ExternalInput(clock, 3);
  private final List<String> received = new ArrayList<>();
  private final ExternalInput.Source a = external.addSource("a", e -> received.add("a " + e));
  private final ExternalInput.Source b = external.addSource("b", e -> received.add("b " + e));

  private static ExternalEvent time(long nanoseconds) {
    return new ExternalEvent.HostTime(nanoseconds);
  }

  @Test
  void nothingHappensBeforeTheMachineLetsItIn() {
    a.post(time(1));

    assertThat(received).isEmpty();
    assertThat(external.isPending()).isTrue();
    assertThat(external.deliver()).isEqualTo(1);
    assertThat(external.isPending()).isFalse();
    assertThat(received).containsExactly("a HostTime[nanoseconds=1]");
  }

  @Test
  void aSourceIsRefusedWhenTooMuchWaitsAndTheOthersAreNot() {
    for (int i = 0; i < 3; i++) {
      assertThat(a.post(time(i))).isTrue();
    }

    assertThat(a.post(time(3))).isFalse();
    assertThat(b.post(time(4))).isTrue();
    external.deliver();

    assertThat(a.post(time(5))).isTrue();
    assertThat(received).hasSize(4);
  }

  @Test
  void whatArrivesDuringADeliveryWaitsForTheNext() {
    ExternalInput door = new ExternalInput(clock, 10);
    ExternalInput.Source[] source = new ExternalInput.Source[1];
    source[0] = door.addSource("echo", e -> source[0].post(e));
    source[0].post(time(1));

    assertThat(door.deliver()).isEqualTo(1);
    assertThat(door.isPending()).isTrue();
  }

  @Test
  void aRecordingReplayedGivesTheSame() {
    record Entry(long time, int source, ExternalEvent event) {}
    List<Entry> tape = new ArrayList<>();
    external.setRecorder((time, source, event) -> tape.add(new Entry(time, source, event)));
    a.post(time(1));
    clock.advance(100);
    external.deliver();
    b.post(new ExternalEvent.Received((byte) 'x'));
    clock.advance(50);
    external.deliver();
    List<String> first = List.copyOf(received);
    received.clear();

    external.setRecorder((_, _, _) -> {});
    for (Entry e : tape) {
      external.replay(e.source(), e.event());
    }

    assertThat(received).isEqualTo(first);
    assertThat(tape).extracting(Entry::time).containsExactly(100L, 150L);
    assertThat(tape).extracting(Entry::source).containsExactly(0, 1);
  }

  @Test
  void waitingEndsWithAPostFromAnotherThread() throws InterruptedException {
    Thread poster = Thread.ofPlatform().start(() -> a.post(time(1)));

    assertThat(external.waitForInput(Long.MAX_VALUE)).isTrue();

    poster.join();
  }

  @Test
  void waitingEndsWithTheTimeAndWithAWakeUp() {
    assertThat(external.waitForInput(1)).isFalse();
    external.wakeUp();
    assertThat(external.waitForInput(Long.MAX_VALUE)).isFalse();
  }

  @Test
  void anInterruptedThreadComesBackInterrupted() {
    Thread.currentThread().interrupt();

    assertThat(external.waitForInput(Long.MAX_VALUE)).isFalse();

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void everyPostCallsTheHook() {
    AtomicInteger calls = new AtomicInteger();
    external.setWakeupHook(calls::incrementAndGet);

    a.post(time(1));
    a.postBounded(time(2));
    external.wakeUp();

    assertThat(calls).hasValue(3);
  }

  @Test
  void nothingIsLostOrReorderedBetweenThreads() throws InterruptedException {
    int count = 20_000;
    ExternalInput door = new ExternalInput(clock, 16);
    List<Long> seen = new ArrayList<>();
    ExternalInput.Source source =
        door.addSource("s", e -> seen.add(((ExternalEvent.HostTime) e).nanoseconds()));
    Thread poster =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (long i = 0; i < count; ) {
                    if (source.post(time(i))) {
                      i++;
                    } else {
                      Thread.onSpinWait();
                    }
                  }
                });
    while (seen.size() < count) {
      door.waitForInput(Long.MAX_VALUE);
      door.deliver();
    }
    poster.join();

    for (int i = 0; i < count; i++) {
      assertThat(seen.get(i)).isEqualTo(i);
    }
  }
}
