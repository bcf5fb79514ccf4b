// What JavaScript sees of the core: one class, bound with every exception caught.
#include <emscripten/bind.h>

#include "errors.hpp"
#include "session.hpp"

namespace livegrad::bindings {
namespace {

/// The same method, guarded.
template <auto kMethod>
struct Guarded;

template <class Result, class... Arguments, Result (Session::*kMethod)(Arguments...)>
struct Guarded<kMethod> {
  static Result call(Session& session, std::decay_t<Arguments>... arguments) {
    return guarded([&] { return (session.*kMethod)(arguments...); });
  }
};

template <class Result, class... Arguments, Result (Session::*kMethod)(Arguments...) const>
struct Guarded<kMethod> {
  static Result call(const Session& session, std::decay_t<Arguments>... arguments) {
    return guarded([&] { return (session.*kMethod)(arguments...); });
  }
};

std::unique_ptr<Session> make_session(int threads) {
  return guarded([&] { return std::make_unique<Session>(threads); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(livegrad) {
  emscripten::class_<Session>("Session")
      .constructor(&make_session)
      .function("info()", &Guarded<&Session::info>::call)
      .function("allocate(bytes)", &Guarded<&Session::allocate>::call)
      .function("release(offset)", &Guarded<&Session::release>::call)
      .function("makeDataset(request)", &Guarded<&Session::make_dataset>::call)
      .function("closeDataset(dataset)", &Guarded<&Session::close_dataset>::call)
      .function("makeText(request)", &Guarded<&Session::make_text>::call)
      .function("closeText(text)", &Guarded<&Session::close_text>::call)
      .function("languages()", &Guarded<&Session::languages>::call)
      .function("checkLine(language, line)", &Guarded<&Session::check_line>::call)
      .function("check(spec)", &Guarded<&Session::check>::call)
      .function("compile(spec, symbols)", &Guarded<&Session::compile>::call)
      .function("closeModel(model)", &Guarded<&Session::close_model>::call)
      .function("network(model)", &Guarded<&Session::network>::call)
      .function("setData(model, dataset)", &Guarded<&Session::set_data>::call)
      .function("setText(model, text, split)", &Guarded<&Session::set_text>::call)
      .function("train(model, steps, until, endless)", &Guarded<&Session::train>::call)
      .function("firstNonfinite(model)", &Guarded<&Session::first_nonfinite>::call)
      .function("startOver(model, seed)", &Guarded<&Session::start_over>::call)
      .function("setOptions(model, options)", &Guarded<&Session::set_options>::call)
      .function("replace(model, spec)", &Guarded<&Session::replace>::call)
      .function("history(model)", &Guarded<&Session::history>::call)
      .function("spectralRadii(model)", &Guarded<&Session::spectral_radii>::call)
      .function("splitSize(model, split)", &Guarded<&Session::split_size>::call)
      .function("beginEvaluation(model)", &Guarded<&Session::begin_evaluation>::call)
      .function("evaluate(model, split, first, count)", &Guarded<&Session::evaluate>::call)
      .function("evaluation(model)", &Guarded<&Session::evaluation>::call)
      .function("reportValidation(model)", &Guarded<&Session::report_validation>::call)
      .function("setExample(model, slot, split, index)", &Guarded<&Session::set_example>::call)
      .function("setPixels(model, slot, pixels, channels, height, width, label)",
                &Guarded<&Session::set_pixels>::call)
      .function("setSymbols(model, slot, text, lastOnly)", &Guarded<&Session::set_symbols>::call)
      .function("runProbe(model, examples, backward)", &Guarded<&Session::run_probe>::call)
      .function("startWriting(model, prime, seed)", &Guarded<&Session::start_writing>::call)
      .function("write(model, count, temperature, topK, topP, greedy)", &Guarded<&Session::write>::call)
      .function("readText(model, text, value, candidates)", &Guarded<&Session::read_text>::call)
      .function("frameDigit(pixels, width, height, out)", &Guarded<&Session::frame_digit>::call)
      .function("save(model)", &Guarded<&Session::save>::call)
      .function("record(model)", &Guarded<&Session::record>::call)
      .function("load(model, file, bytes)", &Guarded<&Session::load>::call)
      .function("draw(x, size, low, high, palette, out)", &Guarded<&Session::draw>::call)
      .function("statistics(x, size)", &Guarded<&Session::statistics>::call);
}

}  // namespace livegrad::bindings
