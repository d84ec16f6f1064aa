// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EventQueueTest {
  private final EventQueue queue = new EventQueue();
  private final List<String> happened = new ArrayList<>();

  @Test
  void eventsOfTheSameTimeHappenInTheOrderOfScheduling() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      queue.schedule(7, _ -> happened.add(name));
    }
    queue.schedule(6, _ -> happened.add("first"));

    queue.runDue(7);

    assertThat(happened).containsExactly("first", "a", "b", "c", "d", "e");
  }

  @Test
  void whatIsNotDueStays() {
    queue.schedule(10, _ -> happened.add("ten"));

    assertThat(queue.runDue(9)).isFalse();
    assertThat(queue.nextTime()).isEqualTo(10);
    assertThat(queue.runDue(10)).isTrue();
    assertThat(queue.nextTime()).isEqualTo(EventQueue.NEVER);
  }

  @Test
  void anEventMayScheduleAnotherForItsOwnTime() {
    queue.schedule(
        5,
        due -> {
          happened.add("outer");
          queue.schedule(due, _ -> happened.add("inner"));
        });
    queue.schedule(5, _ -> happened.add("second"));

    queue.runDue(5);

    assertThat(happened).containsExactly("outer", "second", "inner");
  }

  @Test
  void aTimerThatRepeatsCountsFromWhenItWasDueAndDoesNotDrift() {
    List<Long> times = new ArrayList<>();
    EventQueue.Timer[] timer = new EventQueue.Timer[1];
    timer[0] =
        queue.timer(
            due -> {
              times.add(due);
              timer[0].arm(due + 10);
            });
    timer[0].arm(10);

    queue.runDue(35);

    assertThat(times).containsExactly(10L, 20L, 30L);
    assertThat(timer[0].time()).isEqualTo(40);
  }

  @Test
  void cancellingTwiceOrAfterTheFactIsHarmless() {
    EventQueue.Timer t = queue.schedule(1, _ -> happened.add("never"));

    assertThat(t.cancel()).isTrue();
    assertThat(t.cancel()).isFalse();
    queue.runDue(100);

    assertThat(happened).isEmpty();
    assertThat(t.isArmed()).isFalse();
  }

  private record Expected(long time, int order) {}

  @Test
  void randomSchedulesRunAsASortedListWould() {
    for (int seed = 1; seed <= 50; seed++) {
      Random random = new Random(seed);
      EventQueue q = new EventQueue();
      List<Integer> order = new ArrayList<>();
      List<Expected> expected = new ArrayList<>();
      List<EventQueue.Timer> timers = new ArrayList<>();
      int sequence = 0;
      for (int i = 0; i < 400; i++) {
        if (random.nextInt(4) == 0 && !timers.isEmpty()) {
          int victim = random.nextInt(timers.size());
          timers.remove(victim).cancel();
          expected.remove(victim);
        } else if (random.nextInt(4) == 0 && !timers.isEmpty()) {
          int moved = random.nextInt(timers.size());
          long time = random.nextInt(50);
          EventQueue.Timer t = timers.remove(moved);
          Expected e = expected.remove(moved);
          t.arm(time);
          timers.add(t);
          // Arming anew puts it behind what was scheduled for that time before.
          expected.add(new Expected(time, e.order()));
        } else {
          int id = sequence++;
          long time = random.nextInt(50);
          timers.add(q.schedule(time, _ -> order.add(id)));
          expected.add(new Expected(time, id));
        }
      }
      List<Expected> sorted = new ArrayList<>(expected);
      sorted.sort(Comparator.comparingLong(Expected::time));

      q.runDue(50);

      assertThat(order)
          .as("seed %d", seed)
          .isEqualTo(sorted.stream().map(Expected::order).toList());
      assertThat(q.size()).isZero();
    }
  }
}
