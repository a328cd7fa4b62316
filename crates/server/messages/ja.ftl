# Tandem の画面の日本語。一文に一つのこと、ていねいで平易に。値は { $braces } に入る。

## どの画面にも出るもの
skip = 本文へ移動
signed-in-as = { $name } さんとしてログイン中
language-label = 言語
reference = お問い合わせ用の番号：

## 時間の長さ
duration-seconds = { $count }秒
duration-minutes = { $count }分
duration-hours = { $count }時間
duration-days = { $count }日
ago-now = たった今
ago = { $time }前

## ホーム
home-title = ふたつの機器を、あなたがつなぐ
home-lead = テレビ、ゲーム機、ターミナルなどに表示されたコードを使って、その機器にアカウントの利用を許すかどうかを、ここで決められます。
home-code = コードを入力する
home-code-hint = 目の前の機器にコードが表示されているときだけ使います。
home-account = アカウント
home-account-hint = 利用中の機器を確認し、利用を取り消せます。
home-demo = デモを見る
home-demo-hint = このウィンドウがテレビになります。スマートフォンの役はあなたです。

## ログイン
sign-in-title = ログイン
sign-in-asked = { $asker } からの確認に答えるには、ログインしてください。
sign-in-asked-careful = 心当たりがなければ、このページを閉じてください。何も起こりません。
sign-in-username = ユーザー名
sign-in-password = パスワード
sign-in-submit = ログイン
sign-in-passkey = パスキーでログイン
sign-in-or = または
sign-in-wrong = ユーザー名とパスワードの組み合わせが正しくありません。両方を確かめて、もう一度お試しください。
sign-in-throttled = 試した回数が多すぎます。{ $wait }後にもう一度お試しください。
sign-in-session-expired = しばらく操作がなかったため、ログアウトしました。続けるには、もう一度ログインしてください。
sign-in-again = ログイン方法を変更するため、もう一度ログインしてください。
sign-in-form-expired = このページを開いてから時間がたちすぎました。何も送信されていません。もう一度お試しください。
passkey-failed = パスキーを使えませんでした。もう一度試すか、パスワードをお使いください。
passkey-add-failed = パスキーは追加されませんでした。もう一度お試しいただけます。

## コードの入力
enter-code-title = 機器に表示されているコードは？
enter-code-label = 機器のコード
enter-code-hint = 大文字と小文字、空白、ハイフンの違いは気にしなくてかまいません。
enter-code-submit = 次へ
enter-code-when = コードを入力してよいとき
enter-code-when-text = テレビ、ゲーム機、パソコンなど、目の前の機器にコードが表示されていて、ご自分でたった今始めた場合だけです。
enter-code-never = 決して入力してはいけないとき
enter-code-never-text = 人から送られたコードや、教えられたコードは、決して入力しないでください。メールでも、チャットでも、電話でも、友人や銀行からでも同じです。サポート担当者がコードを送ることは絶対にありません。
enter-code-address = このページの正しいアドレスの先頭は { $address } です
enter-code-not-found = このコードで待っている機器はありません。機器の画面と見比べてください。新しいコードに変わっているかもしれません。
enter-code-too-many-tries = 試した回数が多すぎます。{ $wait }後にもう一度お試しください。
enter-code-wrong-shape = コードは { $length } 文字で、使われる文字は { $letters } だけです。機器の画面ともう一度見比べてください。
enter-code-session-expired = しばらく操作がなかったため、ログアウトしました。続けるには、もう一度コードを入力してください。
enter-code-form-expired = このページを開いてから時間がたちすぎました。何も送信されていません。もう一度コードを入力してください。

## 質問
decide-title-tv = これはあなたのテレビですか？
decide-title-kiosk = 目の前にある端末はこれですか？
decide-title-console = これはあなたのゲーム機ですか？
decide-title-terminal = これはあなたのターミナルですか？
decide-title-computer = これはあなたのパソコンですか？
decide-title-other = これはあなたの機器ですか？
decide-compare = 機器にこのコードが出ていますか？
decide-compare-careful = 違うときや見えないときは「いいえ」を。
decide-asker = 依頼元
decide-verified = { $operator } が確認済み
decide-unverified = 未確認（この名前は誰でも名乗れます）
decide-device = 機器の申告
decide-network = 場所
decide-network-same = 同じネットワーク、{ $address }
decide-network-other = 別のネットワーク、{ $address }
decide-network-unknown = { $address }、場所は不明
decide-began = 開始
decide-lasts = 期限
decide-lasts-until-taken-back = 取り消すまで
decide-lasts-for = { $time }後まで
decide-abilities = 「はい」でできること
decide-more = ほか{ $count }件
decide-careful = たった今、ご自分で始めた場合だけ「はい」を選んでください。
decide-answers = 回答
decide-deny = いいえ、拒否
decide-allow = はい、許可
decide-report = 自分では始めていません
decide-report-hint = この確認を止めて報告します。機器には何も渡りません。
decide-time-left = 残り{ $time }です。答えなければ、機器には何も渡りません。

device-tv = テレビ
device-kiosk = 公共の場の端末
device-console = ゲーム機
device-terminal = 文字のターミナル
device-computer = パソコン
device-other = 種類のわからない機器

## いつもと違う点
warning-label = 答える前に
warning-first-use = { $asker } はまだアカウントを利用していません。人に誘導されたのなら詐欺です。「いいえ」を選んでください。
warning-other-network = この機器は、あなたとは別のネットワークにあります。目の前の機器でなければ、他人の手元にあるのかもしれません。
warning-repeated = 同じような確認が、この1時間に{ $count }回届いています。根負けさせようとしている人がいるのかもしれません。

## できるようになること
ability-openid = 次回もあなただとわかる
ability-profile = 名前とプロフィールを見る
ability-email = メールアドレスを見る
ability-phone = 電話番号を見る
ability-address = 住所を見る
ability-offline-access = 不在の間もログインを保つ
ability-unexplained = 「{ $name }」を使う（内容の説明がありません）

## 答えたあと
decided-allowed-title = 完了しました
decided-allowed = { $asker } に、あなたとしてログインしました。
decided-next-tv = テレビに戻ってください。このページは閉じてかまいません。
decided-next-kiosk = 端末に戻ってください。立ち去る前に、端末で必ずログアウトしてください。このページは閉じてかまいません。
decided-next-console = ゲーム機に戻ってください。このページは閉じてかまいません。
decided-next-terminal = ターミナルに戻ってください。このページは閉じてかまいません。
decided-next-computer = パソコンに戻ってください。このページは閉じてかまいません。
decided-next-other = 機器に戻ってください。このページは閉じてかまいません。
decided-undo = 気が変わったら、いつでも取り消せます。
decided-account = アカウント
decided-denied-title = 拒否しました
decided-denied = { $asker } には何も渡っていません。
decided-denied-next = このページは閉じてかまいません。やはり使いたいときは、機器でもう一度始めてください。
decided-reported-title = 止めて、報告しました
decided-reported-done = 止めたこと
decided-reported-done-text = { $asker } からの要求は完全に断りました。機器には何も渡らず、コードはもう使えません。
decided-reported-we = これから私たちがすること
decided-reported-we-text = 記録に残しました。{ $operator } の運営者が調べられます。
decided-reported-never = 決してしないこと
decided-reported-never-text = 人から送られたコードは、入力も読み上げもしないでください。そう頼む人は { $operator } の者ではありません。返事は不要です。急ぐ必要もまったくありません。
decided-reported-check = アカウントを利用中のものを確認する
decided-expired-title = 時間切れです
decided-expired = 答えられる時間が過ぎました。機器には何も渡っていません。
decided-expired-next = まだ必要なら、機器でもう一度始めてください。新しいコードが表示されます。
decided-already-answered-title = すでに回答済みです
decided-already-answered = この確認にはすでに答えが出ています。もう一度答えても何も変わりません。
decided-already-answered-next = 今、何が利用中かは、アカウント画面で確かめられます。

## アカウント
account-title = アカウント
account-access = 利用中のもの
account-access-none = あなたのアカウントを利用しているものはありません。
account-access-none-hint = 機器に「はい」と答えると、取り消すまでここに表示されます。
account-device = 機器
account-since = 許可
account-used = 最後の利用
account-used-never = まだありません
account-from = アドレス
account-can = できること
account-revoke = 利用を取り消す
account-revoke-label = { $asker } の利用を取り消す
account-passkeys = パスキー
account-passkeys-hint = パスキーを使うと、指紋、顔、PIN でログインできます。文字を打たないので、偽のページに盗まれません。
account-passkeys-none = パスキーはまだありません。
account-passkey-added = { $time }に追加
account-passkey-used = { $time }に利用
account-passkey-unused = まだ使っていません
account-passkey-remove = 削除
account-passkey-remove-label = パスキー { $name } を削除
account-passkey-name = 新しいパスキーの名前
account-passkey-name-hint = 「スマートフォン」など、あとで見分けられる名前にしてください。
account-passkey-add = パスキーを追加
account-passkey-noscript = パスキーの追加には JavaScript が必要ですが、ここでは無効になっています。
account-sign-out = ログアウト
account-flash-revoked = { $asker } の利用を取り消しました。
account-flash-passkey-added = パスキーを追加しました。これからログインに使えます。
account-flash-passkey-removed = パスキーを削除しました。機器に残っていても、ここではもう使えません。

## Web Push
web-push-title = { $asker } が承認を求めています
web-push-body = 開いて内容を確認し、回答してください。

## うまくいかないとき
failure-home = ホームへ
failure-back = 続ける
failure-again = もう一度ログイン
failure-retry = もう一度試す
failure-wait = { $wait }お待ちください。
failure-not-found-title = ここには何もありません
failure-not-found = このアドレスのページはありません。入力の間違いか、ページがなくなったのかもしれません。
failure-csrf-title = もう一度お試しください
failure-csrf = 元のページを開いてから時間がたちすぎたか、当サイトのページではありませんでした。安全のため、何も行っていません。
failure-session-expired-title = ログアウトしました
failure-session-expired = しばらく操作がなかったため、ログアウトしました。最後に送られた操作は行っていません。
failure-too-large-title = 送信された量が多すぎます
failure-too-large = ここで受け取れる量を超えています。何も行っていません。戻って、量を減らしてください。
failure-bad-request-title = 読み取れませんでした
failure-bad-request = 途中で何かが欠けたか、壊れたようです。何も行っていません。ホームからやり直してください。
failure-too-many-requests-title = 少し速すぎるようです
failure-too-many-requests = 短い間に何度も操作がありました。アカウントに問題はありません。少し待ってから、もう一度お試しください。
failure-server-error-title = こちら側で問題が起きました
failure-server-error = あなたのせいではありません。何も変わっていません。少し待って、もう一度お試しください。続くようなら、下の番号をお知らせください。
failure-unavailable-title = 今は受け付けられません
failure-unavailable = サーバーがいっぱいか、手入れの最中です。何も変わっていません。数分後にもう一度お試しください。

## デモ
demo-title = 試してみる：テレビとスマートフォン
demo-lead = ここのテレビはウェブページですが、本物と同じしくみでログインします。両方の役を演じてみてください。
demo-step-tv = テレビを開く
demo-step-tv-text = QR コードと短いコードが表示されます。別のウィンドウで開くのがおすすめです。
demo-open-tv = テレビの画面を開く
demo-step-phone = スマートフォンになる
demo-step-phone-text = QR コードを読み取るか、ここでコードを入力します。
demo-enter-code = コードを入力する
demo-step-sign-in = ログインする
demo-step-sign-in-text = デモにはこの人たちがいます。
demo-step-answer = 答える
demo-step-answer-text = コードを見比べて「はい」と答え、テレビを見てください。次は「いいえ」と答えたり、アカウント画面で取り消したりして、もう一度見てください。
demo-account = アカウントを開く

## デモのテレビ
tv-title = テレビで Cellar
tv-service = Cellar
tv-tagline = 時とともに深まる映画を
tv-noscript = このテレビは JavaScript で動きますが、ここでは無効になっています。有効にして、ページを読み込み直してください。
tv-starting = お待ちください…
tv-sign-in = スマートフォンでログイン
tv-step-scan = スマートフォンで読み取る
tv-step-open = または、このアドレスを開く
tv-step-compare = 両方の画面のコードを見比べる
tv-step-answer = 同じなら、手元で「はい」を選ぶ
tv-code = コード
tv-time-left = 残り時間
tv-qr-alt = スマートフォンでログイン画面を開く QR コード
tv-reconnecting = 接続できません。もう一度試しています…
tv-denied = 「いいえ」と答えがありました
tv-denied-text = このテレビには誰もログインしていません。
tv-expired = コードの期限が切れました
tv-expired-text = 時間内に答えがありませんでした。新しいコードを出せます。
tv-trouble = うまくいきませんでした
tv-trouble-text = 今は Cellar にログインできません。
tv-ended = ログアウトしました
tv-ended-text = 利用が取り消されたため、このテレビはあなたの情報を消しました。
tv-again = もう一度
tv-signed-in-as = ログイン中：
tv-sign-out = ログアウト
tv-tonight = 今夜の一本
tv-film-hero = 長い潮
tv-film-hero-text = 灯台守と、一台のラジオと、終わらない冬。1974年・1時間52分
tv-shelf = 下の棚から
tv-film-1 = 紙の灯籠
tv-film-2 = 北へ九分
tv-film-3 = 塩と杉
tv-film-4 = 静かな軌道
tv-film-5 = 硝子の果樹園

## 本人に届く確認
inbox-nav = 確認
inbox-title = 回答待ちの確認
inbox-asks = { $asker } が同意を求めています
inbox-times = { $began }・残り{ $left }
inbox-none = 回答を待っている確認はありません。
inbox-when = 確認が届くとき
inbox-when-text = ご自分で何かを始めたときです。たとえば、レジや店で支払うときや、同意が必要な窓口にご自分から電話をかけたときに、数秒でここに表示されます。
inbox-never = 届くはずがないとき
inbox-never-text = ご自分では何も始めていないときです。電話やメッセージ、訪問などで「許可してほしい」と頼まれたら、それは詐欺です。「いいえ」を選んでください。
inbox-ended = 最近の確認
inbox-ended-approved = 許可（{ $time }に受信）
inbox-ended-denied = 拒否（{ $time }に受信）
inbox-ended-reported = 報告（{ $time }に受信）
inbox-ended-expired = 回答なし（{ $time }に受信）
inbox-said = { $count ->
    [0] 回答待ちの確認はありません。
   *[other] 回答待ちの確認が{ $count }件あります。
  }
inbox-reload = 新しい確認がないか見る
inbox-live = 新しい確認は自動でここに表示されます。
inbox-lost = 接続できません。もう一度試しています…

## 確認の質問
request-title = この確認に心当たりはありますか？
request-title-agree = この内容に同意しますか？
request-from = { $asker } が、あなたの同意を求めています。
request-quoted = 「{ $words }」
request-message = { $asker } からのメッセージ
request-message-compare = 相手の画面や電話の相手の言葉と同じですか？違うときは「いいえ」を。
request-named-by = 宛先の指定
request-named-by-login-hint = あなたのユーザー名
request-named-by-login-hint-token = 当方が知るサービスの署名付きの書面
request-named-by-id-token-hint = 以前のあなたのログインの記録
request-number = 相手の画面に出ている数字は？
request-number-hint = 数字がどこにも見えないときは「いいえ」を。
request-number-missing = 「はい」と答えるには、相手の画面に出ている数字が必要です。まだ何も送信されていません。
request-number-wrong = 相手の画面の数字と違います。もう一度よく見てください。あと{ $count }回試せます。
request-form-expired = このページを開いてから時間がたちすぎました。何も送信されていません。もう一度答えてください。
request-careful = ご自分で始めた場合だけ許可してください。電話をかけてきた人のために「許可」を押す必要は、決してありません。
request-confirm-passkey = 先にパスキーで本人確認
request-confirm-passkey-why = 許可するには、先にパスキーで本人確認が必要です。済むと、このページに戻ります。
request-confirm-add-passkey = 先にパスキーを追加
request-confirm-add-passkey-why = 許可にはパスキーが必要ですが、まだお持ちではありません。拒否は今でもできます。
request-time-left = 残り{ $time }です。答えなければ、相手には何も渡りません。
request-report-hint = この確認を止めて報告します。相手には何も渡りません。
request-warning-first-use = { $asker } はまだアカウントを利用していません。たった今ご自分から頼んだのでなければ、「いいえ」を選んでください。
request-warning-other-network = この確認は、あなたとは別のネットワークで始められました。相手の店にいるのでも、ご自分からかけた電話の途中でもなければ、始めたのは他人です。「いいえ」を選んでください。
warning-quiet-hours = おやすみ時間に届いた確認です。今、何も操作していないのなら、始めたのは他人です。「いいえ」を選んでください。

## 確認に答えたあと
decided-request-allowed = { $asker } に同意しました。
decided-request-allowed-next = 店や電話、始めたときの画面に戻ってください。このページは閉じてかまいません。
decided-request-undo = 相手が今後できることは、いつでも取り消せます。
decided-request-denied-next = このページは閉じてかまいません。やはり必要なときは、もう一度送るよう相手に頼んでください。
decided-request-reported-done-text = { $asker } からの確認は完全に断りました。相手には何も渡っていません。
decided-request-reported-never-text = 電話やチャット、訪問で頼まれても、決して許可しないでください。そう頼む人は { $operator } の者ではありません。返事は不要です。急ぐ必要もまったくありません。
decided-request-number-wrong-title = 止めました
decided-request-number-wrong = 数字の間違いが続いたため、この確認を止めました。{ $asker } には何も渡っていません。
decided-request-number-wrong-next = やはり必要なときは、もう一度送るよう相手に頼み、相手の画面の数字をよく見てください。数字がどこにもなかったのなら、始めたのは他人かもしれません。
decided-request-expired = 答えられる時間が過ぎました。相手には何も渡っていません。
decided-request-expired-next = まだ必要なら、もう一度送るよう相手に頼んでください。
decided-request-already-answered = この確認には、ここか別の機器ですでに答えが出ています。もう一度答えても何も変わりません。
decided-request-already-answered-next = 今、何が利用中かは、アカウント画面で確かめられます。
decided-request-inbox = 回答待ちの確認

## 確認の届け方
account-requests = 確認
account-requests-hint = 店や電話の窓口が、あなたの同意を必要とすることがあります。ここで答えられます。
devices-title = 確認の届け方
devices-lead = 確認はすべて一つのページに届きます。ほかにどこへ知らせるかを、ここで選べます。
devices-list = あなたの機器
devices-none = まだありません。下で追加するか、確認のページを開いたままにしてください。
devices-channel-app = アプリ
devices-channel-web-push = ブラウザ
devices-channel-email = メール
devices-channel-webhook = テキストメッセージ
devices-change = 名前の変更・削除
devices-change-label = { $name } の名前の変更・削除
devices-name = 名前
devices-rename = 名前を保存
devices-remove = この機器を削除
devices-remove-label = 機器 { $name } を削除
devices-save = 保存
devices-app = アプリ
devices-app-hint = アプリは確認の内容をすべて表示し、外に出ることのない鍵で回答に署名します。
devices-app-add = アプリを追加
devices-app-scan = アプリで読み取るか、このアドレスをアプリに貼り付けてください。
devices-app-qr = アプリを追加する QR コード
devices-app-left = 使えるのは一度だけで、あと{ $time }です。誰にも見せないでください。読み取った人は、あなたの代わりに答えられます。
devices-app-again = 作り直す
devices-push = このブラウザ
devices-push-hint = このページを閉じていても通知が表示されます。
devices-push-noscript = 通知には JavaScript が必要ですが、ここでは無効になっています。
devices-push-turn-on = このブラウザで通知を受ける
devices-push-turn-off = このブラウザの通知をやめる
devices-push-on = このブラウザに通知が届きます。
devices-push-off = このブラウザに通知は届きません。
devices-push-denied = ブラウザがこのサイトの通知をブロックしています。ブラウザの設定を変えてから、このページを読み込み直してください。
devices-push-unsupported = このブラウザは通知を表示できません。iPhone や iPad では、先にこのページをホーム画面に追加してください。
devices-push-full = 登録できる機器の数がいっぱいです。先にどれかを削除してください。
devices-push-failed = うまくいきませんでした。もう一度お試しいただけます。
devices-email = メール
devices-email-no-address = アカウントに確認済みのメールアドレスがありません。追加は { $operator } の運営者に頼んでください。
devices-email-on = 確認が届くたびに { $address } へお知らせします。メールでパスワードやコードを尋ねることは決してありません。
devices-email-off = 確認が届いたことを { $address } へお知らせできます。
devices-email-turn-on = メールの通知を受ける
devices-email-turn-off = メールの通知をやめる
devices-text = テキストメッセージ
devices-text-address = 電話番号
devices-text-hint = 国番号から入力してください（例：+81 3 0000 0000）。
devices-text-turn-on = テキストメッセージを受ける
devices-text-turn-off = テキストメッセージをやめる
devices-quiet = おやすみ時間
devices-quiet-hint = この時間は音を鳴らさず、通知もしません。確認はページに残ります。
devices-quiet-from = 開始
devices-quiet-until = 終了
devices-quiet-zone = タイムゾーン
devices-quiet-set = おやすみ時間を使う
devices-quiet-remove = おやすみ時間をやめる
devices-secret = 確認用の合言葉
devices-secret-hint = 店や窓口の担当者が確認を送る前に、あなたに尋ねなければならない短い合言葉です。ご自分から電話をかけた相手にだけ伝えてください。パスワードと同じものは使わないでください。
devices-secret-set = 設定されています。
devices-secret-unset = 設定されていません。合言葉が必要な相手は、確認を送れません。
devices-secret-new = 新しい合言葉
devices-secret-shape = 口で伝えやすい{ $shortest }～{ $longest }文字。
devices-secret-password = 変更するには、パスワードを入力
devices-secret-save = 合言葉を設定
devices-secret-change = 合言葉を変更
devices-secret-remove = 合言葉を削除
devices-flash-renamed = 機器の名前を変更しました。
devices-flash-removed = 機器を削除しました。もうお知らせは届かず、回答もできません。
devices-flash-web-push-on = これからこのブラウザに通知が届きます。
devices-flash-web-push-off = このブラウザへの通知をやめました。
devices-flash-email-on = メールの通知を始めました。
devices-flash-email-off = メールの通知をやめました。
devices-flash-webhook-saved = テキストメッセージの通知を始めました。
devices-flash-webhook-removed = テキストメッセージの通知をやめました。
devices-flash-user-code-saved = これから新しい合言葉を使います。
devices-flash-user-code-removed = 合言葉を削除しました。
devices-flash-quiet-hours-saved = おやすみ時間を保存しました。
devices-flash-quiet-hours-removed = おやすみ時間をやめました。
devices-trouble-name-invalid = 名前は1～{ $longest }文字です。元の名前のままにしました。
devices-trouble-too-many-devices = 登録できる機器は{ $most }台までです。先にどれかを削除してください。
devices-trouble-address-invalid = この番号には送れません。確かめて、もう一度お試しください。
devices-trouble-user-code-invalid = 合言葉は{ $shortest }～{ $longest }文字です。何も変わっていません。
devices-trouble-password-wrong = パスワードが正しくありません。何も変わっていません。
devices-trouble-times-invalid = 開始と終了に、違う時刻を入力してください。何も変わっていません。
devices-trouble-zone-invalid = このタイムゾーンはわかりません。一覧から選んでください。
devices-trouble-form-expired = このページを開いてから時間がたちすぎました。何も変わっていません。もう一度お試しください。

## 回答を待っていることを知らせるメール
mail-subject = { $operator }：回答をお待ちしています
mail-asks = { $asker } が、「はい」か「いいえ」の回答を求めています。
mail-message = 次のメッセージが添えられています。もう一方の機器にも同じものが表示されます：「{ $message }」
mail-message-withheld = リンクのように見えるメッセージが添えられているため、ここには載せません。ページでご覧になれます。
mail-open = 内容の確認と回答は、こちらから：
mail-until = 回答できる時間は、あと{ $time }です。回答がなければ、何も起こりません。
mail-careful = 自分で始めていない場合は、ページを開いて「自分では始めていません」を選び、お知らせください。
mail-never = メールでパスワードやコードをお尋ねすることは、決してありません。
