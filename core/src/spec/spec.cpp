#include "livegrad/spec.hpp"

#include <utility>

#include "defaults.hpp"
#include "reader.hpp"
#include "record.hpp"
#include "writer.hpp"

namespace livegrad {

struct Spec::Impl {
  static constexpr std::int64_t kSomeSymbols = 96;
  spec::Content content;
  std::vector<LayerInfo> layers;
  std::int64_t parameter_count = 0;

  /// Errors  as Spec::parse
  static std::shared_ptr<const Impl> make(spec::Content content) {
    spec::check(content);
    ParamStore params;
    Graph graph(params);
    // Until the vocabulary says how many symbols there are, some number shows what else is wrong.
    spec::Content known = content;
    if (known.input.is_symbols && known.input.symbols == 0) known.input.symbols = kSomeSymbols;
    Network network = spec::record(known, graph);
    return std::make_shared<const Impl>(
        Impl{std::move(content), std::move(network.layers), params.parameter_count()});
  }
};

Spec Spec::parse(std::string_view json) {
  spec::Content content = spec::read_content(spec::parse_json(json));
  spec::resolve(content.layers, content.semantics);
  return Spec(Impl::make(std::move(content)));
}

Spec Spec::with(const TrainingOptions& training) const {
  spec::Content content = impl_->content;
  spec::read_training(read_json(to_json(training)), "/training", content.training);
  return Spec(Impl::make(std::move(content)));
}

Spec Spec::with_symbols(std::int64_t symbols) const {
  spec::Content content = impl_->content;
  if (!content.input.is_symbols) {
    spec::refuse("/input", "the network's input is not symbols, so it can have no vocabulary.");
  }
  if (!spec::Whole{2, spec::kMaxUnits}.read(Json(symbols), content.input.symbols)) {
    spec::refuse("/input/symbols", "a vocabulary of {} symbols is not from 2 to {}.", symbols,
                 spec::kMaxUnits);
  }
  return Spec(Impl::make(std::move(content)));
}

std::string Spec::json() const {
  spec::Content content = impl_->content;
  spec::Writer writer(&content.layers);
  describe(writer, content);
  return writer.take().dump();
}

const std::string& Spec::name() const noexcept { return impl_->content.name; }
const Shape& Spec::input() const noexcept { return impl_->content.input.shape; }
bool Spec::takes_symbols() const noexcept { return impl_->content.input.is_symbols; }
std::int64_t Spec::symbols() const noexcept { return impl_->content.input.symbols; }
std::int64_t Spec::steps() const noexcept { return impl_->content.input.steps; }
const TrainingOptions& Spec::training() const noexcept { return impl_->content.training; }
bool Spec::has_training() const noexcept { return impl_->content.has_training; }
const std::vector<LayerInfo>& Spec::layers() const noexcept { return impl_->layers; }
std::int64_t Spec::parameter_count() const noexcept { return impl_->parameter_count; }

Network Spec::record(Graph& graph, std::int64_t steps) const {
  if (takes_symbols() && symbols() == 0) {
    spec::refuse(
        "/input",
        "the number of symbols is not known yet. Give the network its text first, or write symbols.");
  }
  return spec::record(impl_->content, graph, steps);
}

std::string to_json(const TrainingOptions& options) {
  TrainingOptions copy = options;
  spec::Writer writer;
  describe(writer, copy);
  return writer.take().dump();
}

TrainingOptions parse_training(std::string_view json, const TrainingOptions& base) {
  TrainingOptions options = base;
  spec::read_training(spec::parse_json(json), "", options);
  spec::check(options, "");
  return options;
}

}  // namespace livegrad
