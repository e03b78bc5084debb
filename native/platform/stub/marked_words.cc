#include "platform/marked_words.h"

namespace smipc {

std::unique_ptr<MarkedWords> MarkedWords::Make() { return nullptr; }

void PassOnWakeUp(std::atomic<uint32_t>& /*word*/) {}

}  // namespace smipc
