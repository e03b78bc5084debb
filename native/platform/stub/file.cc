#include "platform/file.h"

namespace smipc {

void File::Close() { handle_ = kNone; }

}  // namespace smipc
