#include "digit_skeletons.hpp"

#include <array>

namespace livegrad::data {
namespace {

using Stroke = std::span<const Knot>;
constexpr bool kCorner = true;

// Names say what tells one way of writing from another; s, t, u are the strokes in the order of the pen.

namespace zero {
constexpr Knot oval[]{{.52f, 0},    {.22f, .1f}, {.05f, .5f}, {.2f, .9f}, {.5f, 1},
                      {.82f, .88f}, {.95f, .5f}, {.8f, .12f}, {.5f, .01f}};
constexpr Knot from_right[]{{.72f, .1f},  {.42f, 0},   {.12f, .25f}, {.05f, .65f}, {.3f, .98f},
                            {.68f, .92f}, {.93f, .6f}, {.9f, .25f},  {.68f, .05f}, {.45f, .08f}};
constexpr Knot open[]{{.4f, .03f}, {.1f, .3f},  {.06f, .7f},  {.35f, 1},
                      {.75f, .9f}, {.95f, .5f}, {.85f, .12f}, {.62f, 0}};
constexpr Knot crossed[]{{.75f, 0},    {.35f, .08f}, {.06f, .5f}, {.25f, .95f}, {.65f, .95f},
                         {.94f, .55f}, {.8f, .15f},  {.5f, .06f}, {.3f, .2f}};
constexpr Knot spiral[]{{.45f, .22f}, {.7f, .06f},  {.4f, 0},     {.1f, .25f},  {.05f, .65f},
                        {.32f, 1},    {.72f, .92f}, {.95f, .55f}, {.82f, .15f}, {.6f, .02f}};
constexpr Stroke a[]{oval}, b[]{from_right}, c[]{open}, d[]{crossed}, e[]{spiral};
constexpr Skeleton all[]{{3, a}, {2, b}, {1, c}, {1.2f, d}, {.8f, e}};
}  // namespace zero

namespace one {
constexpr Knot bar[]{{.5f, 0}, {.5f, .5f}, {.5f, 1}};
constexpr Knot flag[]{{.25f, .25f}, {.5f, 0, kCorner}, {.5f, .5f}, {.5f, 1}};
constexpr Knot long_flag[]{{.08f, .38f}, {.3f, .22f}, {.5f, 0, kCorner}, {.5f, .5f}, {.5f, 1}};
constexpr Knot foot[]{{.2f, 1}, {.5f, 1}, {.82f, .99f}};
constexpr Stroke a[]{bar}, b[]{flag}, c[]{flag, foot}, d[]{long_flag};
constexpr Skeleton all[]{{9, a}, {1.2f, b}, {.8f, c}, {.4f, d}};
}  // namespace one

namespace two {
constexpr Knot plain[]{{.08f, .22f}, {.25f, .04f},          {.6f, 0},    {.83f, .2f}, {.72f, .5f},
                       {.4f, .78f},  {.08f, .98f, kCorner}, {.5f, .97f}, {1, .94f}};
constexpr Knot loop[]{{.1f, .2f},   {.32f, .02f}, {.66f, .03f}, {.82f, .25f}, {.68f, .55f}, {.38f, .84f},
                      {.12f, .97f}, {.02f, .86f}, {.2f, .76f},  {.45f, .86f}, {.7f, .98f},  {1, .9f}};
constexpr Knot big_loop[]{{.15f, .16f}, {.4f, 0},    {.72f, .06f}, {.78f, .32f}, {.55f, .65f}, {.25f, .95f},
                          {.02f, .92f}, {.06f, .7f}, {.35f, .72f}, {.65f, .92f}, {1, .96f}};
constexpr Knot wavy[]{{.05f, .28f}, {.2f, .06f},           {.55f, 0},   {.8f, .18f}, {.66f, .5f},
                      {.3f, .8f},   {.02f, .98f, kCorner}, {.3f, .88f}, {.6f, .98f}, {.95f, .95f}};
constexpr Knot zed[]{{.05f, .1f}, {.4f, .02f},           {.8f, .06f}, {.78f, .3f},
                     {.4f, .65f}, {.03f, .97f, kCorner}, {.5f, .98f}, {.95f, 1}};
constexpr Knot hook[]{{.3f, .32f}, {.12f, .2f},          {.3f, .03f}, {.65f, .02f}, {.8f, .25f},
                      {.6f, .6f},  {.1f, .95f, kCorner}, {.5f, .93f}, {.92f, .98f}};
constexpr Knot round_loop[]{{.1f, .3f}, {.22f, .06f}, {.6f, 0},     {.86f, .22f}, {.8f, .58f}, {.5f, .9f},
                            {.16f, 1},  {.02f, .82f}, {.22f, .66f}, {.55f, .74f}, {.8f, .9f},  {1.02f, .98f}};
constexpr Knot flat_loop[]{{.02f, .2f},  {.35f, .02f}, {.72f, .04f}, {.8f, .28f}, {.66f, .62f}, {.4f, .92f},
                           {.12f, .98f}, {.08f, .86f}, {.35f, .8f},  {.7f, .84f}, {1.1f, .84f}};
constexpr Knot no_base[]{{.1f, .12f}, {.4f, 0},     {.78f, .1f}, {.8f, .42f}, {.6f, .78f},
                         {.3f, 1},    {.05f, .92f}, {.2f, .78f}, {.5f, .86f}};
constexpr Knot arch[]{{.08f, .24f}, {.25f, .04f}, {.62f, 0},   {.8f, .2f},   {.72f, .5f},  {.45f, .82f},
                      {.15f, .98f}, {.02f, .84f}, {.2f, .66f}, {.55f, .66f}, {.78f, .82f}, {.86f, 1.02f}};
constexpr Stroke a[]{plain}, b[]{loop}, c[]{big_loop}, d[]{wavy}, e[]{zed}, f[]{hook}, g[]{round_loop},
    h[]{flat_loop}, i[]{no_base}, j[]{arch};
constexpr Skeleton all[]{{3, a},   {2, b},    {1.2f, c}, {1.2f, d}, {.7f, e},
                         {.7f, f}, {1.2f, g}, {1.2f, h}, {.6f, i},  {1, j}};
}  // namespace two

namespace three {
constexpr Knot round[]{{.1f, .14f},  {.4f, 0},    {.78f, .1f}, {.78f, .32f}, {.35f, .47f, kCorner},
                       {.72f, .52f}, {.9f, .75f}, {.7f, .96f}, {.35f, 1},    {.04f, .86f}};
constexpr Knot pointed[]{{.08f, .08f}, {.45f, .02f},         {.85f, .03f, kCorner},
                         {.65f, .22f}, {.4f, .42f, kCorner}, {.78f, .5f},
                         {.92f, .75f}, {.65f, .98f},         {.05f, .92f}};
constexpr Knot small_loop[]{{.12f, .15f}, {.45f, 0},   {.8f, .14f}, {.65f, .4f}, {.4f, .5f}, {.34f, .43f},
                            {.5f, .42f},  {.8f, .55f}, {.86f, .8f}, {.55f, 1},   {.05f, .9f}};
constexpr Knot wide_bottom[]{{.2f, .1f}, {.5f, 0},  {.75f, .12f}, {.66f, .34f}, {.38f, .45f, kCorner},
                             {.8f, .5f}, {1, .72f}, {.75f, .95f}, {.3f, 1},     {0, .93f}};
constexpr Knot soft[]{{.1f, .1f},   {.5f, 0},     {.82f, .15f}, {.7f, .36f},  {.52f, .46f},
                      {.72f, .55f}, {.88f, .76f}, {.6f, .98f},  {.25f, .98f}, {.02f, .84f}};
constexpr Knot flat[]{{.1f, .12f}, {.5f, 0},    {.8f, .12f},  {.66f, .35f}, {.3f, .5f, kCorner},
                      {.7f, .5f},  {.9f, .68f}, {.82f, .88f}, {.5f, 1.02f}};
constexpr Stroke a[]{round}, b[]{pointed}, c[]{small_loop}, d[]{wide_bottom}, e[]{soft}, f[]{flat};
constexpr Skeleton all[]{{3, a}, {1, b}, {1.4f, c}, {1, d}, {1.4f, e}, {.7f, f}};
}  // namespace three

namespace four {
constexpr Knot open_left[]{{.12f, .05f}, {.08f, .3f}, {.06f, .54f, kCorner}, {.5f, .56f}, {.98f, .5f}};
constexpr Knot open_stem[]{{.78f, 0}, {.74f, .5f}, {.7f, 1}};
constexpr Knot slanted_left[]{{.4f, 0}, {.2f, .3f}, {0, .58f, kCorner}, {.45f, .58f}, {1, .54f}};
constexpr Knot slanted_stem[]{{.78f, .12f}, {.68f, .55f}, {.58f, 1}};
constexpr Knot closed[]{{.66f, 1},   {.7f, .5f}, {.76f, 0, kCorner}, {.4f, .3f}, {.02f, .62f, kCorner},
                        {.5f, .64f}, {1, .6f}};
constexpr Knot round_left[]{{.08f, .04f}, {.05f, .28f}, {.14f, .48f},
                            {.42f, .52f}, {.72f, .42f}, {.85f, .3f}};
constexpr Knot round_stem[]{{.9f, 0}, {.84f, .4f}, {.78f, 1}};
constexpr Knot one_stroke[]{{.12f, .02f},          {.04f, .3f}, {.18f, .5f}, {.5f, .45f},
                            {.82f, .08f, kCorner}, {.78f, .5f}, {.7f, 1}};
constexpr Knot nine_like[]{{.8f, .02f}, {.45f, .1f}, {.1f, .42f}, {.3f, .54f}, {.6f, .5f}, {.98f, .46f}};
constexpr Knot nine_stem[]{{.8f, .02f}, {.74f, .5f}, {.66f, 1}};
constexpr Knot looped[]{{.3f, .02f}, {.1f, .35f}, {.02f, .58f}, {.12f, .62f}, {.5f, .52f}, {.98f, .44f}};
constexpr Knot short_stem[]{{.68f, .22f}, {.64f, .6f}, {.6f, 1}};
constexpr Knot ell[]{{.3f, .02f}, {.1f, .5f}, {.08f, .62f, kCorner}, {.5f, .6f}, {.9f, .56f}};
constexpr Knot tall_stem[]{{.62f, .3f}, {.58f, .65f}, {.56f, 1}};
constexpr Knot why[]{{.1f, .06f}, {.12f, .34f}, {.32f, .48f}, {.6f, .4f}, {.8f, .2f}};
constexpr Knot why_stem[]{{.86f, .02f}, {.6f, .5f}, {.35f, 1}};
constexpr Stroke a[]{open_left, open_stem}, b[]{slanted_left, slanted_stem}, c[]{closed},
    d[]{round_left, round_stem}, e[]{one_stroke}, f[]{nine_like, nine_stem}, g[]{looped, short_stem},
    h[]{ell, tall_stem}, i[]{why, why_stem};
constexpr Skeleton all[]{{2.5f, a}, {2.5f, b}, {.9f, c}, {2, d},  {1.2f, e},
                         {.5f, f},  {1.2f, g}, {.8f, h}, {.6f, i}};
}  // namespace four

namespace five {
constexpr Knot stem_bowl[]{{.25f, .03f}, {.2f, .24f}, {.15f, .46f, kCorner}, {.5f, .38f}, {.85f, .55f},
                           {.84f, .82f}, {.5f, 1},    {.03f, .92f}};
constexpr Knot bar[]{{.25f, .03f}, {.6f, .02f}, {.98f, 0}};
constexpr Knot one_stroke[]{
    {.95f, 0},   {.6f, .02f},  {.3f, .04f, kCorner}, {.22f, .25f}, {.15f, .44f, kCorner},
    {.5f, .38f}, {.82f, .56f}, {.78f, .85f},         {.4f, 1},     {.02f, .9f}};
constexpr Knot ess[]{{.92f, .02f}, {.55f, .04f}, {.26f, .2f}, {.36f, .42f},
                     {.68f, .56f}, {.76f, .8f},  {.45f, 1},   {.04f, .92f}};
constexpr Knot steep[]{{.35f, .1f}, {.28f, .28f}, {.2f, .45f}, {.5f, .5f},
                       {.7f, .68f}, {.6f, .9f},   {.3f, 1},    {0, .93f}};
constexpr Knot long_bar[]{{.33f, .08f}, {.65f, .04f}, {1.05f, -.02f}};
constexpr Knot hooked[]{{.2f, .06f}, {.16f, .42f, kCorner}, {.45f, .36f}, {.75f, .45f},
                        {.88f, .7f}, {.65f, .96f},          {.28f, .98f}, {.1f, .84f}};
constexpr Knot short_bar[]{{.2f, .06f}, {.5f, .03f}, {.8f, .04f}};
constexpr Knot curling[]{{.3f, .08f}, {.22f, .28f}, {.16f, .46f, kCorner}, {.5f, .4f},   {.86f, .55f},
                         {.9f, .8f},  {.55f, 1},    {.15f, .94f},          {.02f, .78f}, {.12f, .68f}};
constexpr Knot leaning[]{{.5f, .06f},  {.36f, .24f}, {.2f, .42f}, {.48f, .5f},
                         {.62f, .68f}, {.48f, .9f},  {.2f, 1},    {-.05f, .94f}};
constexpr Knot rising_bar[]{{.5f, .06f}, {.8f, .05f}, {1.15f, -.03f}};
constexpr Knot narrow[]{{.9f, 0},     {.6f, .05f},  {.38f, .14f}, {.3f, .36f}, {.5f, .46f},
                        {.68f, .62f}, {.62f, .88f}, {.35f, 1},    {.15f, .9f}};
constexpr Stroke a[]{stem_bowl, bar}, b[]{one_stroke}, c[]{ess}, d[]{steep, long_bar}, e[]{hooked, short_bar},
    f[]{curling, bar}, g[]{leaning, rising_bar}, h[]{narrow};
constexpr Skeleton all[]{{2.5f, a}, {1.6f, b}, {1.1f, c}, {1.8f, d}, {1.2f, e}, {.9f, f}, {1.4f, g}, {1, h}};
}  // namespace five

namespace six {
constexpr Knot round[]{{.75f, 0},   {.38f, .22f}, {.12f, .58f}, {.14f, .88f}, {.42f, 1},
                       {.74f, .9f}, {.8f, .7f},   {.58f, .56f}, {.3f, .63f},  {.14f, .8f}};
constexpr Knot straight[]{{.5f, 0},    {.28f, .32f}, {.08f, .7f},  {.2f, .95f}, {.5f, .99f},
                          {.76f, .8f}, {.62f, .6f},  {.34f, .66f}, {.14f, .84f}};
constexpr Knot big_loop[]{{.7f, .04f},  {.35f, .08f}, {.08f, .4f},  {.06f, .8f}, {.35f, 1},
                          {.75f, .92f}, {.88f, .65f}, {.65f, .42f}, {.3f, .5f},  {.1f, .7f}};
constexpr Knot curled[]{{.6f, 0},     {.25f, .25f}, {.05f, .6f}, {.2f, .94f},  {.6f, .98f},
                        {.95f, .78f}, {.85f, .52f}, {.5f, .52f}, {.35f, .74f}, {.5f, .88f}};
constexpr Knot low_loop[]{{.45f, 0},    {.2f, .4f},  {.06f, .8f},  {.22f, .99f}, {.52f, .96f},
                          {.66f, .78f}, {.5f, .66f}, {.24f, .74f}, {.1f, .88f}};
constexpr Knot open[]{{.55f, 0},    {.22f, .3f},  {.05f, .7f},  {.25f, .98f},
                      {.65f, .96f}, {.88f, .75f}, {.68f, .58f}, {.4f, .66f}};
constexpr Stroke a[]{round}, b[]{straight}, c[]{big_loop}, d[]{curled}, e[]{low_loop}, f[]{open};
constexpr Skeleton all[]{{2.5f, a}, {2.2f, b}, {1.3f, c}, {.8f, d}, {1.6f, e}, {.9f, f}};
}  // namespace six

namespace seven {
constexpr Knot plain[]{{.02f, .06f}, {.45f, .03f}, {.92f, 0, kCorner}, {.66f, .45f}, {.42f, 1}};
constexpr Knot bar[]{{.22f, .5f}, {.52f, .48f}, {.88f, .46f}};
constexpr Knot serif[]{{.06f, .24f}, {.08f, .05f, kCorner}, {.5f, .04f}, {.92f, .02f, kCorner}, {.7f, .4f},
                       {.5f, 1}};
constexpr Knot bent[]{{.05f, .12f}, {.3f, .04f}, {.7f, .02f}, {.85f, .12f}, {.7f, .45f}, {.52f, 1}};
constexpr Knot steep[]{{.05f, .14f}, {.4f, .06f}, {.8f, 0, kCorner}, {.74f, .5f}, {.66f, 1}};
constexpr Knot flag[]{{.1f, .3f},  {.14f, .12f}, {.4f, .02f}, {.72f, .03f},
                      {.8f, .16f}, {.62f, .55f}, {.45f, 1}};
constexpr Knot curved[]{{.02f, .05f}, {.45f, .06f}, {.95f, .02f, kCorner}, {.6f, .3f}, {.42f, .6f}, {.4f, 1}};
constexpr Stroke a[]{plain}, b[]{plain, bar}, c[]{serif}, d[]{bent}, e[]{steep}, f[]{flag}, g[]{curved},
    h[]{curved, bar};
constexpr Skeleton all[]{{2.5f, a}, {.8f, b}, {.8f, c}, {1.6f, d}, {1.4f, e}, {1, f}, {1, g}, {.4f, h}};
}  // namespace seven

namespace eight {
constexpr Knot ess_first[]{{.78f, .12f}, {.48f, 0},    {.2f, .16f}, {.34f, .4f}, {.64f, .6f},  {.74f, .84f},
                           {.45f, 1},    {.16f, .84f}, {.32f, .6f}, {.64f, .4f}, {.84f, .18f}, {.7f, .06f}};
constexpr Knot from_centre[]{{.5f, .47f},  {.22f, .32f}, {.26f, .08f}, {.55f, 0},    {.8f, .14f},
                             {.72f, .36f}, {.5f, .48f},  {.22f, .64f}, {.16f, .88f}, {.48f, 1},
                             {.8f, .86f},  {.74f, .62f}, {.48f, .47f}};
constexpr Knot top[]{{.5f, .02f},  {.26f, .12f}, {.28f, .38f}, {.52f, .46f},
                     {.76f, .34f}, {.74f, .1f},  {.5f, .02f}};
constexpr Knot bottom[]{{.5f, .46f},  {.18f, .6f}, {.14f, .88f}, {.48f, 1},
                        {.84f, .88f}, {.82f, .6f}, {.5f, .46f}};
constexpr Knot open_top[]{{.9f, .02f}, {.55f, .02f}, {.22f, .16f}, {.4f, .42f},  {.66f, .66f}, {.6f, .94f},
                          {.3f, 1},    {.16f, .82f}, {.36f, .58f}, {.68f, .34f}, {.95f, .1f}};
constexpr Knot slim[]{{.7f, .16f}, {.5f, .02f}, {.34f, .18f}, {.42f, .42f}, {.56f, .64f}, {.58f, .88f},
                      {.42f, 1},   {.3f, .86f}, {.38f, .62f}, {.6f, .38f},  {.74f, .1f}};
constexpr Knot big_top[]{{.86f, .14f}, {.5f, 0},     {.1f, .14f}, {.2f, .42f},  {.56f, .6f}, {.66f, .84f},
                         {.46f, 1},    {.26f, .86f}, {.4f, .62f}, {.78f, .42f}, {.92f, .2f}, {.75f, .05f}};
constexpr Knot tailed[]{{.85f, .06f}, {.5f, .04f},  {.18f, .16f}, {.3f, .38f}, {.58f, .6f}, {.6f, .88f},
                        {.32f, 1},    {.12f, .84f}, {.3f, .62f},  {.62f, .4f}, {.98f, 0}};
constexpr Knot from_left[]{{.3f, .2f},   {.26f, .38f}, {.6f, .56f}, {.76f, .8f}, {.5f, 1},     {.2f, .84f},
                           {.38f, .56f}, {.68f, .36f}, {.74f, .1f}, {.5f, 0},    {.28f, .12f}, {.26f, .3f}};
constexpr Knot big_ring[]{{.55f, 0},    {.12f, .08f}, {.1f, .42f}, {.5f, .54f},
                          {.88f, .42f}, {.9f, .1f},   {.5f, 0}};
constexpr Knot small_ring[]{{.5f, .54f}, {.28f, .66f}, {.28f, .92f}, {.52f, 1},
                            {.74f, .9f}, {.74f, .66f}, {.5f, .54f}};
constexpr Stroke a[]{ess_first}, b[]{from_centre}, c[]{top, bottom}, d[]{open_top}, e[]{slim}, f[]{big_top},
    g[]{tailed}, h[]{from_left}, i[]{big_ring, small_ring};
constexpr Skeleton all[]{{3, a}, {1, b}, {.7f, c}, {1.5f, d}, {1.2f, e}, {2, f}, {1.5f, g}, {1, h}, {.6f, i}};
}  // namespace eight

namespace nine {
constexpr Knot straight[]{{.8f, .12f},          {.5f, 0},    {.16f, .14f},
                          {.1f, .38f},          {.36f, .5f}, {.68f, .38f},
                          {.82f, .1f, kCorner}, {.8f, .5f},  {.76f, 1}};
constexpr Knot curved_tail[]{{.8f, .12f}, {.5f, 0},     {.16f, .14f},         {.1f, .38f},
                             {.36f, .5f}, {.68f, .38f}, {.82f, .1f, kCorner}, {.84f, .5f},
                             {.68f, .9f}, {.35f, 1},    {.12f, .92f}};
constexpr Knot slanted[]{{.78f, .1f},          {.45f, 0},    {.12f, .2f}, {.16f, .42f}, {.45f, .44f},
                         {.8f, .12f, kCorner}, {.66f, .55f}, {.5f, 1}};
constexpr Knot round[]{{.6f, .45f}, {.25f, .48f}, {.1f, .25f},  {.35f, .02f},
                       {.7f, .06f}, {.82f, .3f},  {.74f, .65f}, {.6f, 1}};
constexpr Knot open[]{{.7f, .02f},  {.3f, .06f},           {.08f, .32f}, {.3f, .5f},
                      {.62f, .36f}, {.82f, .06f, kCorner}, {.76f, .5f},  {.72f, 1}};
constexpr Knot small_loop[]{{.76f, .12f}, {.52f, .02f},         {.3f, .16f},  {.34f, .36f},
                            {.6f, .36f},  {.78f, .1f, kCorner}, {.74f, .55f}, {.7f, 1}};
constexpr Knot wide_loop[]{{.85f, .15f},          {.45f, 0},   {.05f, .2f}, {.1f, .5f}, {.5f, .55f},
                           {.85f, .12f, kCorner}, {.88f, .5f}, {.98f, 1}};
constexpr Knot high_stem[]{{.7f, .1f},  {.35f, .06f},          {.1f, .26f}, {.22f, .46f},
                           {.5f, .44f}, {.86f, .06f, kCorner}, {.76f, .5f}, {.64f, 1}};
constexpr Knot gap[]{{.72f, .06f}, {.4f, .02f}, {.12f, .2f}, {.16f, .44f},
                     {.48f, .48f}, {.84f, .3f}, {.8f, .6f},  {.66f, 1}};
constexpr Knot alpha[]{{.82f, .2f},          {.5f, 0},   {.1f, .2f}, {.08f, .58f}, {.4f, .66f},
                       {.78f, .3f, kCorner}, {.8f, .6f}, {.95f, 1}};
constexpr Stroke a[]{straight}, b[]{curved_tail}, c[]{slanted}, d[]{round}, e[]{open}, f[]{small_loop},
    g[]{wide_loop}, h[]{high_stem}, i[]{gap}, j[]{alpha};
constexpr Skeleton all[]{{2.2f, a}, {1, b},   {2, c},    {1.6f, d}, {1, e},
                         {1, f},    {.6f, g}, {1.2f, h}, {1.2f, i}, {.6f, j}};
}  // namespace nine

constexpr std::array<std::span<const Skeleton>, 10> kSkeletons{zero::all,  one::all,  two::all, three::all,
                                                               four::all,  five::all, six::all, seven::all,
                                                               eight::all, nine::all};

}  // namespace

std::span<const Skeleton> digit_skeletons(int digit) { return kSkeletons[static_cast<std::size_t>(digit)]; }

}  // namespace livegrad::data
