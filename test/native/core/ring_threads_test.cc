// The ring between two threads, with parts of random sizes, and every byte checked for its place.
//
// ThreadSanitizer takes two views of the same memory for different memory, so what it watches is
// one plain mapping, and no part crosses the end of the ring. The other case maps it twice.
//
// Tried by hand, in a copy of ring.cc, one change at a time; under ThreadSanitizer every one of
// them is reported as a data race in the first case: the store of `head` in Write made relaxed; the
// store of `tail` in Read made relaxed; the load of `head` in Used made relaxed; the load of `tail`
// in Free made relaxed; each store moved above its copy. The last two the verifier mostly finds as
// well.
#include <sched.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "check.h"
#include "core/ring.h"
#include "mirrored_ring.h"
#include "pattern.h"

namespace smipc {
namespace {

constexpr uint64_t kMegabyte = 1000 * 1000;

struct Plan {
  uint64_t capacity;
  uint64_t start;
  uint64_t total;
  bool is_mirrored;  // else no part crosses the end of the ring
  uint64_t seed;

  uint64_t Part(check::Random* random, uint64_t position, uint64_t most) const {
    // Small parts and large ones, about as many of each.
    const uint64_t size = 1 + (*random)() % ((*random)() % 2 == 0 ? 100 : capacity);
    const uint64_t to_end = capacity - (position & (capacity - 1));
    return std::min({size, most, is_mirrored ? capacity : to_end});
  }
};

void Produce(Producer producer, const Plan& plan, const Pattern& pattern) {
  check::Random random(plan.seed + 1);
  const uint64_t end = plan.start + plan.total;
  while (producer.head() < end && !check::HasFailed()) {
    const uint64_t part = plan.Part(&random, producer.head(), end - producer.head());
    uint64_t free = 0;
    REQUIRE_EQ(producer.Free(part, &free), Status::Ok);
    REQUIRE(free <= plan.capacity);
    if (free == 0) sched_yield();
    producer.Write(pattern.From(producer.head()), std::min(free, part));
  }
}

void Consume(Consumer consumer, const Plan& plan, const Pattern& pattern) {
  check::Random random(plan.seed + 2);
  std::vector<uint8_t> bytes(plan.capacity);
  const uint64_t end = plan.start + plan.total;
  for (uint64_t looks = 0; consumer.tail() < end && !check::HasFailed(); looks++) {
    if (looks % 65536 == 0) check::KeepAlive();
    const uint64_t position = consumer.tail();
    const uint64_t part = plan.Part(&random, position, end - position);
    uint64_t used = 0;
    REQUIRE_EQ(consumer.Used(part, &used), Status::Ok);
    REQUIRE(used <= plan.capacity);
    if (used == 0) sched_yield();
    const uint64_t size = std::min(used, part);
    consumer.Read(bytes.data(), size);
    REQUIRE(pattern.Matches(bytes.data(), size, position));
  }
}

void Transfer(std::atomic<uint64_t>& head, std::atomic<uint64_t>& tail, uint8_t* data,
              const Plan& plan) {
  check::Context("capacity %llu", static_cast<unsigned long long>(plan.capacity));
  head = tail = plan.start;
  const Pattern pattern(plan.seed, plan.capacity);
  std::thread writer([&] { Produce(Producer(head, tail, {data, plan.capacity}), plan, pattern); });
  Consume(Consumer(head, tail, {data, plan.capacity}), plan, pattern);
  writer.join();
}

TEST(KeepsTheOrderInOneMapping) {
  check::Random random(check::Seed());
  const uint64_t total = check::Times(100, 50, 10) * kMegabyte;
  for (const uint64_t capacity : {uint64_t{4} << 10, uint64_t{64} << 10}) {
    // The second half must stay as it is: with plain memory there is nothing to be mirrored.
    std::vector<uint8_t> memory(2 * capacity, 0xa5);
    std::atomic<uint64_t> head;
    std::atomic<uint64_t> tail;
    Transfer(head, tail, memory.data(), {capacity, random() % (1u << 20), total, false, random()});
    CHECK(std::all_of(memory.begin() + static_cast<ptrdiff_t>(capacity), memory.end(),
                      [](uint8_t byte) { return byte == 0xa5; }));
  }
}

TEST(KeepsTheOrderAcrossTheEnd) {
  check::Random random(check::Seed());
  const uint64_t total = check::Times(300, 50, 10) * kMegabyte;
  for (const uint64_t capacity : {uint64_t{4} << 10, uint64_t{1} << 20}) {
    MirroredRing ring(capacity);
    const uint64_t start = (uint64_t{1} << 32) - random() % (4 * capacity);
    Transfer(ring.head, ring.tail, ring.data(), {capacity, start, total, true, random()});
  }
}

}  // namespace
}  // namespace smipc
